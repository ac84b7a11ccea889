-- name: meta_multi
-- weight: 10
SELECT * FROM memories WHERE metadata @> '{"topic": "topic 19", "category": "category 3"}';

-- name: meta_list
-- weight: 3
SELECT * FROM memories WHERE metadata @> '{"entities":["e77"]}';

-- name: meta_arrow
-- weight: 2
-- param: topic = topic 3
SELECT count(*) FROM memories WHERE metadata->>'topic' = :topic;

-- name: user_thread
-- weight: 30
SELECT * FROM memories WHERE user_id = :user AND thread_id = :thread ORDER BY created_at DESC LIMIT 50;

-- name: related
-- weight: 5
SELECT * FROM memories WHERE related_threads @> '["thread 77"]' ORDER BY updated_at DESC LIMIT 20;

-- name: related_exists
SELECT * FROM memories WHERE related_threads ? 'thread 78';

-- name: policy_scan
-- weight: 2
-- param: tier = short
-- param: before timestamp = 2020-01-01
SELECT id FROM memories WHERE tier = :tier AND updated_at < :before;

-- name: policy_migrate
-- weight: 5
-- param: tier = short
-- param: before timestamp = 2020-01-01
-- param: new = mid
UPDATE memories SET tier = :new, updated_at = now()
WHERE user_id = :user AND tier = :tier AND updated_at < :before;

-- name: cluster_get
-- weight: 8
SELECT * FROM memory_clusters WHERE user_id = :user AND topic = :topic AND category = :category;

-- name: cluster_list
-- weight: 2
SELECT * FROM memory_clusters WHERE user_id = :user;

-- name: default_language
-- weight: 100
SELECT * FROM languages WHERE is_default AND name = :name;
