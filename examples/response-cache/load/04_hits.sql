-- step: some hits

-- Vacuum has been by before the day's traffic, as it would have been.
VACUUM ai_response_cache;

-- One response of twenty is asked for again: the statement of the registered query hit, many times.
UPDATE ai_response_cache
SET hit_count = hit_count + 1, last_accessed_at = timestamptz '2026-11-01 00:00+00'
WHERE cache_key IN (
    SELECT encode(sha256(convert_to('key ' || n, 'UTF8')), 'hex')
    FROM generate_series(20, {responses}, 20) AS n
);
