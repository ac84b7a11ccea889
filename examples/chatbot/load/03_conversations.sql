-- step: conversations

-- 40 conversations for 820 messages: the k-th of them has k, as 04_messages.sql deals them out, and
-- lasts from its first message to its last. Users are skewed (power 2.2): user 1 has the most.
SELECT setseed(0.25);

INSERT INTO chatbot.conversations
    (id, conversation_uuid, user_id, title, is_archived, is_pinned, model, created_at, updated_at)
WITH drawn AS MATERIALIZED (
    SELECT
        1 + (c::bigint * 7919 % (({messages} + 819) / 820 * 40))::integer AS id,
        c / 40 * 820 + 1 AS first_of_forty,
        c % 40 + 1 AS messages,
        floor(({messages} / 200 + 1) * power(random(), 2.2))::integer AS rank,
        floor(12000 * random())::integer AS sentence,
        random() < 0.3 AS is_archived,
        random() < 0.03 AS is_pinned,
        random() AS model
    FROM generate_series(0, ({messages} + 819) / 820 * 40 - 1) AS c
)
SELECT
    id,
    md5('conversation ' || id)::uuid,
    1 + rank,
    'About ' || left(sentences.sentence, 30) || ' ' || left(md5('title ' || id), 8),
    is_archived,
    is_pinned,
    (ARRAY['small', 'medium', 'large'])[1 + floor(3 * model)::integer],
    timestamptz '2024-11-01 00:00+00' + first_message * (interval '730 days' / {messages}),
    timestamptz '2024-11-01 00:00+00' + last_message * (interval '730 days' / {messages})
FROM drawn
JOIN sentences ON n = drawn.sentence
CROSS JOIN LATERAL (
    SELECT
        first_of_forty + 40 - messages AS first_message,
        first_of_forty + 820 - (41 - messages) * (42 - messages) / 2 + 40 - messages AS last_message
) AS places
ORDER BY id;
