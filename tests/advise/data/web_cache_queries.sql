-- name: stale_count
-- weight: 2
-- param: cutoff timestamptz = yesterday
SELECT count(*) FROM document_chunks WHERE created_at < :cutoff AND metadata->>'source_type' = 'web';

-- name: dedup
-- weight: 60
-- param: hash = sha256:c4ca4238a0b923820dcc509a6f75849b9dd4e461268c8034f5c8564e155c67a6
SELECT * FROM document_chunks WHERE metadata->>'content_hash' = :hash;

-- name: coll_by_name
-- weight: 12
SELECT id FROM document_collections WHERE collection_name = :name;

-- name: stale_delete
-- weight: 8
-- param: cutoff timestamptz = yesterday
DELETE FROM document_chunks
WHERE collection_id = :collection AND metadata->>'source_type' = 'web' AND created_at < :cutoff
RETURNING id;

-- name: news_delete
-- weight: 8
-- param: cutoff timestamptz = today
DELETE FROM document_chunks
WHERE collection_id = :collection AND metadata->>'source_type' = 'web' AND created_at < :cutoff
    AND metadata->>'topic' = 'news'
RETURNING id;

-- name: web_count
-- weight: 2
SELECT count(*) FROM document_chunks WHERE metadata->>'source_type' = 'web';

-- name: web_per_coll
SELECT collection_id, count(*) FROM document_chunks WHERE metadata->>'source_type' = 'web' GROUP BY 1;

-- name: news_stale_all
-- param: cutoff timestamptz = today
SELECT id FROM document_chunks WHERE metadata->>'topic' = 'news' AND created_at < :cutoff;

-- name: insert_chunk
-- weight: 4
-- param: collection uuid = 00000000-0000-0000-0000-000000000001
INSERT INTO document_chunks (id, collection_id, content, created_at)
VALUES ('00000000-0000-0000-0000-000000000002', :collection, 'text', now());

-- name: coll_delete
DELETE FROM document_collections WHERE id = :id;
