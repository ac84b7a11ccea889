-- What the assistant remembers of its users.

-- name: mem_recent
-- description: the latest memories, before every answer
-- weight: 5
-- param: user_id integer = 1
SELECT * FROM chatbot.chatbot_memory
WHERE user_id = :user_id
ORDER BY created_at DESC
LIMIT 20;

-- name: mem_search
-- description: a fragment in question or answer
-- weight: 2
-- param: pattern text = %ask48f5f3ba7a%
SELECT id FROM chatbot.chatbot_memory
WHERE question ILIKE :pattern OR answer ILIKE :pattern
LIMIT 50;

-- name: mem_search_fts
-- description: full text search over question and answer together
-- weight: 0.5
-- param: words text = ask48f5f3ba7a
SELECT id FROM chatbot.chatbot_memory
WHERE to_tsvector('english', coalesce(question, '') || ' ' || coalesce(answer, ''))
    @@ plainto_tsquery('english', :words)
LIMIT 50;

-- name: mem_search_fts_plain
-- description: the same from the administration's page, written without coalesce
-- weight: 0.5
-- param: words text = ask48f5f3ba7a
SELECT id FROM chatbot.chatbot_memory
WHERE to_tsvector('english', question || ' ' || answer) @@ plainto_tsquery('english', :words)
LIMIT 50;

-- name: mem_tag
-- description: memories with a tag
-- weight: 1
-- param: tag text = tag1755
SELECT id FROM chatbot.chatbot_memory WHERE tags @> ARRAY[:tag];

-- name: mem_tag_any
-- description: the same, written with ANY
-- weight: 1
-- param: tag text = tag1755
SELECT id FROM chatbot.chatbot_memory WHERE :tag = ANY (tags);

-- name: mem_top
-- description: the most important memories
-- weight: 0.5
SELECT id FROM chatbot.chatbot_memory ORDER BY importance DESC NULLS LAST LIMIT 10;

-- name: mem_top_not_null
-- description: the same, of those that have an importance
-- weight: 0.5
SELECT id FROM chatbot.chatbot_memory
WHERE importance IS NOT NULL
ORDER BY importance DESC
LIMIT 10;
