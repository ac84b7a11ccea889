-- What the operators' page shows. The cutoffs count from 2026-11-01 00:00 UTC, as in upkeep.sql.

-- name: by_type
-- description: the last day's answers of one kind
-- weight: 1
-- role: service_role
-- param: operation_type varchar(50) = quiz
-- param: cutoff timestamptz = 2026-10-31 00:00:00+00
SELECT cache_key FROM ai_response_cache
WHERE operation_type = :operation_type AND created_at > :cutoff;

-- name: top
-- description: the ten answers that were asked for most
-- weight: 0.5
-- role: service_role
SELECT operation_type, hit_count, content_size, created_at, last_accessed_at
FROM ai_response_cache
ORDER BY hit_count DESC
LIMIT 10;

-- name: growth
-- description: how large the cache is, and how old
-- weight: 0.5
-- role: service_role
SELECT
    count(*), avg(content_size), min(created_at), max(created_at),
    pg_total_relation_size('ai_response_cache')
FROM ai_response_cache;

-- name: stats_inc
-- description: a request is counted on its day
-- weight: 2
-- role: service_role
-- param: day date = 2026-10-31
INSERT INTO ai_cache_stats (date, total_requests, cache_hits)
VALUES (:day, 1, 1)
ON CONFLICT (date) DO UPDATE SET
    total_requests = ai_cache_stats.total_requests + 1,
    cache_hits = ai_cache_stats.cache_hits + 1,
    updated_at = now();

-- name: stats_range
-- description: the hit rate of the last seven days
-- weight: 0.2
-- role: service_role
-- param: first date = 2026-10-25
-- param: last date = 2026-10-31
SELECT sum(cache_hits)::float / nullif(sum(total_requests), 0)
FROM ai_cache_stats
WHERE date BETWEEN :first AND :last;
