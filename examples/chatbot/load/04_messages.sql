-- step: {messages} messages
-- batch: 8200

-- Messages come in the order of time. 40 conversations are alive at once: the k-th of them gets k
-- of their 820 messages, the first of all 40 before the second of 39, and so on, so that
-- place 820 - r (r + 1) / 2 begins the last r rounds. Conversations are numbered without regard
-- to time, as where each application server has a block of numbers of its own.
SELECT setseed({first}::double precision / {messages});

INSERT INTO chatbot.messages
    (id, conversation_id, role, content, sequence_number, is_edited, created_at)
WITH drawn AS MATERIALIZED (
    SELECT
        n,
        (n - 1) / 820 AS forty,
        (n - 1) % 820 AS place,
        floor(12000 * random())::integer AS first,
        floor(12000 * random())::integer AS second,
        floor(12000 * random())::integer AS third,
        random() < 0.02 AS is_edited
    FROM generate_series({first}, {last}) AS n
),
rounds AS (
    SELECT *, ceil((sqrt(8.0 * (820 - place) + 1) - 1) / 2)::integer AS left_rounds FROM drawn
),
numbered AS (
    SELECT
        n,
        first,
        second,
        third,
        is_edited,
        41 - left_rounds AS sequence_number,
        -- 7919 is prime, so every conversation is met once.
        1 + (forty * 40 + 39 - (place - 820 + left_rounds * (left_rounds + 1) / 2)) * 7919::bigint
            % (({messages} + 819) / 820 * 40) AS conversation_id
    FROM rounds
)
SELECT
    numbered.n,
    conversation_id,
    CASE
        WHEN numbered.n % 100 = 0 THEN 'system'
        WHEN sequence_number % 2 = 1 THEN 'user'
        ELSE 'assistant'
    END,
    f.sentence || '. ' || s.sentence || ' ref' || left(md5('message ' || numbered.n), 12)
        || '. ' || t.sentence || CASE WHEN numbered.n % 20000 = 4100 THEN ' q7' ELSE '' END,
    sequence_number,
    is_edited,
    timestamptz '2024-11-01 00:00+00' + numbered.n * (interval '730 days' / {messages})
FROM numbered
JOIN sentences AS f ON f.n = numbered.first
JOIN sentences AS s ON s.n = numbered.second
JOIN sentences AS t ON t.n = numbered.third
ORDER BY numbered.n;
