-- step: tables

CREATE TABLE document_collections (
    id uuid PRIMARY KEY,
    user_id text NOT NULL,
    collection_name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE document_chunks (
    id uuid PRIMARY KEY,
    collection_id uuid NOT NULL REFERENCES document_collections (id) ON DELETE CASCADE,
    file_name text NOT NULL,
    chunk_index integer NOT NULL,
    content text NOT NULL,
    vector_id uuid,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
