-- Taking old entries out. "Now" is 2026-11-01 00:00 UTC, from which the loaded ages count back.

-- name: ttl_delete
-- description: weekly, everything older than 30 days at once: a quarter of the table
-- weight: 0.1
-- role: service_role
-- param: cutoff timestamptz = 2026-10-02 00:00:00+00
DELETE FROM ai_response_cache WHERE created_at < :cutoff;

-- name: ttl_batch
-- description: the same, the oldest thousand at a time
-- weight: 0.2
-- role: service_role
-- param: cutoff timestamptz = 2026-10-02 00:00:00+00
DELETE FROM ai_response_cache
WHERE id IN (
    SELECT id FROM ai_response_cache WHERE created_at < :cutoff ORDER BY created_at LIMIT 1000
);

-- name: stats_delete
-- description: monthly, days older than 90 days
-- weight: 0.1
-- role: service_role
-- param: cutoff date = 2026-08-03
DELETE FROM ai_cache_stats WHERE date < :cutoff;
