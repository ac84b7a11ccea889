-- The sidebar and one conversation.

-- name: conv_list
-- description: the sidebar: a user's latest conversations
-- weight: 16
-- max_ms: 20
-- param: user_id integer = 1
SELECT * FROM chatbot.conversations
WHERE user_id = :user_id AND is_archived = false
ORDER BY updated_at DESC
LIMIT 20;

-- name: conv_list_is_false
-- description: the same from the mobile client, whose query builder writes IS FALSE
-- weight: 4
-- param: user_id integer = 1
SELECT * FROM chatbot.conversations
WHERE user_id = :user_id AND is_archived IS FALSE
ORDER BY updated_at DESC
LIMIT 20;

-- name: conv_pinned
-- description: what the user pinned
-- weight: 4
-- param: user_id integer = 1
SELECT * FROM chatbot.conversations
WHERE user_id = :user_id AND is_pinned
ORDER BY updated_at DESC;

-- name: conv_uuid
-- description: a conversation by the id in its address
-- weight: 10
-- param: conversation_uuid uuid = 75a1f152-6e65-9629-a06a-1a4c703186a1
SELECT * FROM chatbot.conversations WHERE conversation_uuid = :conversation_uuid;

-- name: msgs_of_conv
-- description: a conversation is opened
-- weight: 20
-- max_ms: 10
-- param: conversation_id integer = 340
SELECT * FROM chatbot.messages
WHERE conversation_id = :conversation_id
ORDER BY sequence_number;

-- name: msgs_last
-- description: the latest messages, as context for the model
-- weight: 8
-- param: conversation_id integer = 340
SELECT * FROM chatbot.messages
WHERE conversation_id = :conversation_id
ORDER BY created_at DESC
LIMIT 50;

-- name: selectin
-- description: the messages of several conversations at once, as an eager loader asks for them
-- weight: 8
-- param: conversation_ids integer[] = {17,58,99,140,181,222,263,304,345,386}
SELECT * FROM chatbot.messages
WHERE conversation_id = ANY (:conversation_ids)
ORDER BY conversation_id, sequence_number;

-- name: insert_message
-- description: a message is sent or answered
-- weight: 5
-- param: id bigint = 9000000001
-- param: conversation_id integer = 340
-- param: content text = What did the second report say about the harbour, and where was it published?
-- param: created_at timestamptz = 2026-11-01 00:00:00+00
INSERT INTO chatbot.messages
    (id, conversation_id, role, content, sequence_number, is_edited, created_at)
VALUES (:id, :conversation_id, 'user', :content, 41, false, :created_at);

-- name: bulk_insert
-- description: a conversation of a thousand messages is imported, once in 20,000 calls; here for what indexes cost a write
-- weight: 0.005
INSERT INTO chatbot.messages
    (id, conversation_id, role, content, sequence_number, is_edited, created_at)
SELECT 9000000000 + id, 340, role, content, id, false, created_at
FROM chatbot.messages
WHERE id <= 1000;
