-- The path of every request: look the key up, count the hit, or store the answer. The backend runs
-- as service_role, to which row-level security does not apply.

-- name: get
-- description: is there an answer for this key?
-- weight: 45
-- role: service_role
-- param: cache_key varchar(64) = 2178bf21a7bea99aa9c6374b2d5b9112930f3ba481c0cd9bb43bde257f656d26
SELECT response_data FROM ai_response_cache WHERE cache_key = :cache_key;

-- name: hit
-- description: every answer found is counted, so that each read of the cache writes a row
-- weight: 30
-- role: service_role
-- param: cache_key varchar(64) = 2178bf21a7bea99aa9c6374b2d5b9112930f3ba481c0cd9bb43bde257f656d26
UPDATE ai_response_cache
SET hit_count = hit_count + 1, last_accessed_at = now()
WHERE cache_key = :cache_key;

-- name: put
-- description: a new answer is kept, unless another request was faster
-- weight: 10
-- role: service_role
-- param: cache_key varchar(64) = e8415cf5f5b02d6ea64c355fd895cdbb435f6701c979489333682a869d14abd8
-- param: operation_type varchar(50) = summary
-- param: lecture_ids uuid[] = {d124fe47-bfd1-ddab-45ec-da23b4fb1ded,dd472929-098f-9ea8-797c-f4197f64f912}
-- param: params jsonb = {"language": "en", "level": 1, "items": 5}
-- param: content_hash varchar(64) = 708e743c7866a225d8e3e5cc1fb92bbc9b239b47a733ada734f2b9961ba4a714
-- param: response_data jsonb = {"kind": "summary", "text": "A new answer."}
-- param: tokens_used integer = 300
-- param: content_size integer = 1200
INSERT INTO ai_response_cache (
    cache_key, operation_type, lecture_ids, params, content_hash, response_data, tokens_used, content_size
)
VALUES (
    :cache_key, :operation_type, :lecture_ids, :params, :content_hash, :response_data, :tokens_used,
    :content_size
)
ON CONFLICT (cache_key) DO NOTHING;
