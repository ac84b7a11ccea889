-- name: conv_list
-- weight: 20
SELECT * FROM chatbot.conversations
WHERE user_id = :user AND is_archived = false ORDER BY updated_at DESC LIMIT 20;

-- name: msgs_of_conv
-- weight: 20
SELECT * FROM chatbot.messages WHERE conversation_id = :conversation ORDER BY sequence_number;

-- name: search
-- weight: 3
-- param: term = a87ff679a2f3e71d
SELECT id, conversation_id FROM chatbot.messages
WHERE content ILIKE '%' || :term || '%' ORDER BY created_at DESC LIMIT 50;

-- name: title_search
-- weight: 2
-- param: term = a87ff679a2
SELECT id FROM chatbot.conversations WHERE title ILIKE '%' || :term || '%';

-- name: mem_recent
-- weight: 5
SELECT * FROM chatbot.memory WHERE user_id = :user ORDER BY created_at DESC LIMIT 20;

-- name: mem_search
-- weight: 3
-- param: term = %a87ff679a2%
SELECT id FROM chatbot.memory WHERE question ILIKE :term OR answer ILIKE :term LIMIT 50;

-- name: mem_tag
-- weight: 2
SELECT * FROM chatbot.memory WHERE tags @> ARRAY['tag 77'];

-- name: mem_top
SELECT id FROM chatbot.memory ORDER BY importance DESC NULLS LAST LIMIT 10;

-- name: active_users
SELECT count(*) FROM users WHERE is_active;
