-- name: get
-- weight: 45
SELECT response_data FROM ai_response_cache WHERE cache_key = :key;

-- name: hit
-- weight: 30
UPDATE ai_response_cache SET hit_count = hit_count + 1, last_accessed_at = now() WHERE cache_key = :key;

-- name: by_lecture
-- weight: 3
SELECT * FROM ai_response_cache WHERE lecture_ids @> ARRAY[:lecture]::uuid[];

-- name: by_member
-- weight: 1
-- param: lecture uuid = 00000000-0000-0000-0000-000000000001
SELECT * FROM ai_response_cache WHERE :lecture = ANY (lecture_ids);

-- name: top
-- weight: 0.5
SELECT operation_type, hit_count, last_accessed_at FROM ai_response_cache
ORDER BY hit_count DESC LIMIT 10;
