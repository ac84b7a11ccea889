-- Taking stale pages out of the caches, one cache at a time.
-- "Now" is 2026-11-01 00:00 UTC, from which the loaded ages count back: pages live 24 hours, news 1.

-- name: stale_delete
-- description: daily, for each cache
-- weight: 8
-- param: collection_id uuid = 0f7b4e4e-3c2a-a9e3-7897-e84555ba6ad0
-- param: cutoff timestamptz = 2026-10-31 00:00:00+00
DELETE FROM document_chunks
WHERE collection_id = :collection_id
    AND metadata->>'source_type' = 'web'
    AND created_at < :cutoff
RETURNING id;

-- name: news_delete
-- description: hourly, for each cache
-- weight: 8
-- param: collection_id uuid = 0f7b4e4e-3c2a-a9e3-7897-e84555ba6ad0
-- param: cutoff timestamptz = 2026-10-31 23:00:00+00
DELETE FROM document_chunks
WHERE collection_id = :collection_id
    AND metadata->>'source_type' = 'web'
    AND created_at < :cutoff
    AND metadata->>'topic' = 'news'
RETURNING id;

-- name: user_cleanup
-- description: a user asks for it: the lookup by name and the delete, as one statement
-- weight: 1
-- param: collection_name text = web_cache_u00001
-- param: cutoff timestamptz = 2026-10-31 00:00:00+00
DELETE FROM document_chunks
WHERE collection_id = (
        SELECT id FROM document_collections WHERE collection_name = :collection_name
    )
    AND metadata->>'source_type' = 'web'
    AND created_at < :cutoff
RETURNING id;

-- name: coll_delete
-- description: a cache goes with all its chunks (ON DELETE CASCADE)
-- weight: 1
-- param: id uuid = fb9f94d5-668e-1ed0-f93c-2afe2da8c53a
DELETE FROM document_collections WHERE id = :id;
