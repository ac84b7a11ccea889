-- What the assistant asks before it answers: memories by their attributes and by their threads.

-- name: meta_user
-- description: a user's latest memories with some attributes
-- weight: 25
-- max_ms: 20
-- param: user_id text = u00001
-- param: attributes jsonb = {"topic": "topic-3"}
SELECT * FROM memories
WHERE user_id = :user_id AND metadata @> :attributes
ORDER BY updated_at DESC
LIMIT 20;

-- name: meta_multi
-- description: memories of all users by several attributes at once
-- weight: 10
-- param: attributes jsonb = {"topic": "topic-9", "category": "task", "priority": "high"}
SELECT * FROM memories WHERE metadata @> :attributes;

-- name: meta_nested
-- description: by an attribute inside an attribute
-- weight: 3
-- param: attributes jsonb = {"customer": {"tier": "premium"}}
SELECT * FROM memories WHERE metadata @> :attributes LIMIT 50;

-- name: meta_list
-- description: by an element of a list
-- weight: 3
-- param: attributes jsonb = {"entities": ["e77"]}
SELECT * FROM memories WHERE metadata @> :attributes;

-- name: meta_arrow
-- description: how many memories has a topic, asked by ->> where @> would do
-- weight: 2
-- param: topic text = topic-15
SELECT count(*) FROM memories WHERE metadata->>'topic' = :topic;

-- name: user_thread
-- description: the latest of a conversation
-- weight: 30
-- max_ms: 10
-- param: user_id text = u00001
-- param: thread_id text = u00001-t4
SELECT * FROM memories
WHERE user_id = :user_id AND thread_id = :thread_id
ORDER BY created_at DESC
LIMIT 50;

-- name: related
-- description: memories that point at a conversation
-- weight: 5
-- param: thread_id text = u00001-t4
SELECT * FROM memories
WHERE related_threads @> to_jsonb(ARRAY[:thread_id])
ORDER BY updated_at DESC
LIMIT 20;
