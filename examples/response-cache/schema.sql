-- step: tables

-- Roles belong to the whole server, so they may be there already.
DO $$
BEGIN
    IF to_regrole('authenticated') IS NULL THEN
        CREATE ROLE authenticated NOLOGIN;
    END IF;
    IF to_regrole('service_role') IS NULL THEN
        CREATE ROLE service_role NOLOGIN BYPASSRLS;
    END IF;
END
$$;

-- What the hosting platform brings: its users, and who asks, read from the claims of the request.
CREATE SCHEMA auth;

CREATE TABLE auth.users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE
);

CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;

CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
$$;

CREATE TABLE courses (
    id uuid PRIMARY KEY,
    teacher_id uuid NOT NULL REFERENCES auth.users (id),
    title text NOT NULL
);

CREATE TABLE lectures (
    id uuid PRIMARY KEY,
    course_id uuid NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ai_response_cache (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    cache_key varchar(64) NOT NULL UNIQUE,
    operation_type varchar(50) NOT NULL,
    lecture_ids uuid[] NOT NULL DEFAULT '{}',
    params jsonb NOT NULL DEFAULT '{}',
    content_hash varchar(64) NOT NULL,
    response_data jsonb NOT NULL,
    tokens_used integer NOT NULL DEFAULT 0,
    content_size integer NOT NULL DEFAULT 0,
    hit_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_accessed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE lecture_content_hashes (
    lecture_id uuid PRIMARY KEY REFERENCES lectures (id) ON DELETE CASCADE,
    content_hash varchar(64) NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ai_cache_stats (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    date date NOT NULL UNIQUE,
    total_requests integer NOT NULL DEFAULT 0,
    cache_hits integer NOT NULL DEFAULT 0,
    cache_misses integer NOT NULL DEFAULT 0,
    tokens_saved integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION touch_lecture_hash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER touch_lecture_hash BEFORE UPDATE ON lecture_content_hashes
FOR EACH ROW EXECUTE FUNCTION touch_lecture_hash();

CREATE FUNCTION invalidate_responses() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    -- Every answer that was made from the lecture is out of date.
    DELETE FROM ai_response_cache WHERE NEW.lecture_id = ANY (lecture_ids);
    RETURN NULL;
END
$$;

CREATE TRIGGER invalidate_responses AFTER UPDATE ON lecture_content_hashes
FOR EACH ROW WHEN (OLD.content_hash IS DISTINCT FROM NEW.content_hash)
EXECUTE FUNCTION invalidate_responses();

ALTER TABLE ai_response_cache ENABLE ROW LEVEL SECURITY;
ALTER TABLE lecture_content_hashes ENABLE ROW LEVEL SECURITY;
ALTER TABLE ai_cache_stats ENABLE ROW LEVEL SECURITY;

CREATE POLICY read_responses ON ai_response_cache FOR SELECT
USING (auth.role() = 'authenticated');
CREATE POLICY manage_responses ON ai_response_cache
USING (auth.role() = 'service_role');
CREATE POLICY read_hashes ON lecture_content_hashes FOR SELECT
USING (auth.role() = 'authenticated');
CREATE POLICY manage_hashes ON lecture_content_hashes
USING (auth.role() = 'service_role');
CREATE POLICY manage_stats ON ai_cache_stats
USING (auth.role() = 'service_role');

GRANT USAGE ON SCHEMA public, auth TO authenticated, service_role;
GRANT SELECT ON courses, lectures, ai_response_cache, lecture_content_hashes TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO service_role;
