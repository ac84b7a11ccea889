-- What the operators' page shows. The cutoffs count from 2026-11-01 00:00 UTC, as in cleanup.sql.

-- name: stale_count
-- description: pages past their 24 hours
-- weight: 2
-- param: cutoff timestamptz = 2026-10-31 00:00:00+00
SELECT count(*) FROM document_chunks
WHERE created_at < :cutoff AND metadata->>'source_type' = 'web';

-- name: web_count
-- description: cached pages in all
-- weight: 2
SELECT count(*) FROM document_chunks WHERE metadata->>'source_type' = 'web';

-- name: web_per_coll
-- description: cached pages of each collection
-- weight: 1
SELECT collection_id, count(*) FROM document_chunks
WHERE metadata->>'source_type' = 'web'
GROUP BY 1;

-- name: news_stale_all
-- description: news past its hour, in all caches
-- weight: 1
-- param: cutoff timestamptz = 2026-10-31 23:00:00+00
SELECT id FROM document_chunks
WHERE metadata->>'topic' = 'news' AND created_at < :cutoff;
