-- Searching messages and titles by fragments of text.

-- name: search
-- description: messages with a rare fragment, in everybody's conversations
-- weight: 1
-- param: term text = ref6c982f50c040
SELECT id, conversation_id FROM chatbot.messages
WHERE content ILIKE '%' || :term || '%'
ORDER BY created_at DESC
LIMIT 50;

-- name: search_common
-- description: the same with a word that many messages hold
-- weight: 1
-- param: term text = zisovujis
SELECT id, conversation_id FROM chatbot.messages
WHERE content ILIKE '%' || :term || '%'
ORDER BY created_at DESC
LIMIT 50;

-- name: search_short
-- description: the same after two characters are typed
-- weight: 1
-- param: term text = q7
SELECT id, conversation_id FROM chatbot.messages
WHERE content ILIKE '%' || :term || '%'
ORDER BY created_at DESC
LIMIT 50;

-- name: search_user
-- description: the same in the user's own conversations
-- weight: 4
-- param: user_id integer = 1
-- param: term text = zisovujis
SELECT m.id, m.conversation_id FROM chatbot.messages AS m
JOIN chatbot.conversations AS c ON c.id = m.conversation_id
WHERE c.user_id = :user_id AND m.content ILIKE '%' || :term || '%'
ORDER BY m.created_at DESC
LIMIT 50;

-- name: search_fts
-- description: full text search for a rare word
-- weight: 1
-- param: words text = ref6c982f50c040
SELECT id, conversation_id FROM chatbot.messages
WHERE to_tsvector('english', content) @@ plainto_tsquery('english', :words)
ORDER BY created_at DESC
LIMIT 50;

-- name: title_search
-- description: conversations by a part of their title
-- weight: 2
-- param: term text = 27db1302
SELECT id FROM chatbot.conversations WHERE title ILIKE '%' || :term || '%';
