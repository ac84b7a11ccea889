-- step: collections

-- Every user has a web cache and a collection of documents: one user for 500 chunks.
-- A collection's id comes from its name, so that the registered queries can name it.
INSERT INTO document_collections (id, user_id, collection_name, created_at)
SELECT
    md5(prefix || user_id)::uuid,
    user_id,
    prefix || user_id,
    timestamptz '2025-10-31 00:00+00' + n * interval '1 minute'
FROM generate_series(1, {chunks} / 500) AS n
CROSS JOIN (VALUES ('web_cache_'), ('documents_')) AS kinds (prefix)
CROSS JOIN LATERAL (SELECT 'u' || lpad(n::text, 5, '0') AS user_id) AS users;
