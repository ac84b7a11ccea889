-- step: memory

-- Two tags of 2,200 each, skewed (power 2); an importance in two of five rows.
SELECT setseed(0.75);

INSERT INTO chatbot.chatbot_memory
    (id, user_id, conversation_id, question, answer, tags, importance, created_at)
WITH drawn AS MATERIALIZED (
    SELECT
        id,
        floor(({messages} / 200 + 1) * power(random(), 2.2))::integer AS rank,
        1 + floor(({messages} / 820 * 40) * random())::integer AS conversation_id,
        floor(12000 * random())::integer AS asked,
        floor(12000 * random())::integer AS answered,
        ARRAY[
            'tag' || floor(2200 * power(random(), 2))::integer,
            'tag' || floor(2200 * power(random(), 2))::integer
        ] AS tags,
        CASE WHEN random() < 0.4 THEN 1 + floor(1000 * random())::integer END AS importance,
        interval '730 days' * random() AS age
    FROM generate_series(1, {messages} / 5) AS id
)
SELECT
    id,
    1 + rank,
    conversation_id,
    q.sentence || ' ask' || left(md5('question ' || id), 10) || '?',
    a.sentence || ' say' || left(md5('answer ' || id), 10) || '.',
    tags,
    importance,
    timestamptz '2026-11-01 00:00+00' - age
FROM drawn
JOIN sentences AS q ON q.n = asked
JOIN sentences AS a ON a.n = answered
ORDER BY id;
