-- step: 120 days of statistics

INSERT INTO ai_cache_stats (
    id, date, total_requests, cache_hits, cache_misses, tokens_saved, created_at, updated_at
)
SELECT
    md5('day ' || n)::uuid, day, 900 + n, 540 + n, 360, 1000 * (540 + n), day, day
FROM generate_series(1, 120) AS n
CROSS JOIN LATERAL (SELECT date '2026-11-01' - n AS day) AS days;
