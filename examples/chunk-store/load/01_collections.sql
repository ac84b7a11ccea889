-- step: collections

-- Ids come from names and numbers, so that the registered queries can name them.
INSERT INTO collections (id, user_id, name, status, created_at)
SELECT
    md5('collection ' || n)::uuid,
    1 + n % 200,
    'collection-' || lpad(n::text, 3, '0'),
    CASE WHEN n % 20 < 17 THEN 'active' WHEN n % 20 < 19 THEN 'archived' ELSE 'error' END,
    timestamptz '2025-10-01 00:00+00' + n * interval '1 hour'
FROM generate_series(1, 600) AS n;
