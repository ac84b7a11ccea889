-- step: tables

CREATE TABLE collections (
    id uuid PRIMARY KEY,
    user_id integer NOT NULL,
    name text NOT NULL UNIQUE,
    status text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE documents (
    id uuid PRIMARY KEY,
    collection_id uuid NOT NULL,
    file_name text NOT NULL,
    status text NOT NULL,
    chunk_count integer NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE operations (
    id integer PRIMARY KEY,
    uuid uuid NOT NULL UNIQUE,
    collection_id uuid NOT NULL,
    user_id integer NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    processing_time double precision,
    metadata jsonb,
    error_message text,
    created_at timestamptz NOT NULL
);

-- A query that names its collection reads one partition of these.
CREATE TABLE chunks (
    id bigint NOT NULL,
    collection_id uuid NOT NULL,
    document_id uuid NOT NULL,
    chunk_index integer NOT NULL,
    content text NOT NULL,
    embedding real[],
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id, collection_id)
) PARTITION BY HASH (collection_id);

-- Here the number of the partition is a column of its own, which a query has to name.
CREATE TABLE chunks_by_list (
    id bigint NOT NULL,
    collection_id uuid NOT NULL,
    document_id uuid NOT NULL,
    chunk_index integer NOT NULL,
    content text NOT NULL,
    embedding real[],
    partition_key integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id, collection_id, partition_key)
) PARTITION BY LIST (partition_key);

DO $$
BEGIN
    FOR part IN 0..99 LOOP
        EXECUTE format(
            'CREATE TABLE chunks_part_%s PARTITION OF chunks '
            'FOR VALUES WITH (MODULUS 100, REMAINDER %s)', part, part
        );
        EXECUTE format(
            'CREATE TABLE chunks_by_list_part_%s PARTITION OF chunks_by_list '
            'FOR VALUES IN (%s)', part, part
        );
    END LOOP;
END
$$;

CREATE FUNCTION partition_key_of(collection_id uuid) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN abs(hashtext(collection_id::text)) % 100;

-- A row goes to its partition before this runs: the trigger keeps a key right, it cannot make one.
CREATE FUNCTION set_partition_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.partition_key := partition_key_of(NEW.collection_id);
    RETURN NEW;
END
$$;

CREATE TRIGGER set_partition_key BEFORE INSERT ON chunks_by_list
    FOR EACH ROW EXECUTE FUNCTION set_partition_key();

CREATE FUNCTION euclidean_distance(a real[], b real[]) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT sqrt(sum((x - y) * (x - y))) FROM unnest(a, b) AS pairs (x, y));
