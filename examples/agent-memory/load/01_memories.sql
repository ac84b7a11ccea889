-- step: {memories} memories
-- batch: 10000

-- Every attribute is drawn from the row's number, each by a hash of its own: the same rows come
-- again at every run, whatever the batches. Ages count back from 2026-11-01 00:00, the hour at which
-- the registered queries' cutoffs are taken.
CREATE OR REPLACE FUNCTION pg_temp.draw(n bigint, attribute bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashint8extended(n, attribute) & 2147483647) / 2147483648.0::double precision
$$;

INSERT INTO memories (
    id, user_id, namespace, thread_id, content, tier, score, metadata, related_threads, summarized,
    created_at, updated_at
)
WITH
users AS (
    SELECT greatest(100, {memories} / 250) AS count
),
-- Skewed by a power of 2: the largest of the users has the share sqrt(1 / users). The numbers are
-- turned by a hundredth, so that user 1 has five times the average at every scale.
drawn AS MATERIALIZED (
    SELECT
        n,
        1 + (floor(users.count * power(pg_temp.draw(n, 1), 2))::integer + users.count * 99 / 100)
            % users.count AS user_number,
        floor(10 * pg_temp.draw(n, 2))::integer AS thread,
        floor(9 * pg_temp.draw(n, 3))::integer AS related,
        floor(8 * pg_temp.draw(n, 4))::integer AS related_too,
        pg_temp.draw(n, 5) AS tier,
        pg_temp.draw(n, 6) AS age,
        floor(20 * power(pg_temp.draw(n, 7), 2))::integer AS topic,
        floor(4 * pg_temp.draw(n, 8))::integer AS category,
        pg_temp.draw(n, 9) AS priority,
        pg_temp.draw(n, 10) AS customer,
        floor(3000 * pg_temp.draw(n, 11))::integer AS entity,
        floor(3000 * pg_temp.draw(n, 12))::integer AS entity_too,
        floor(100 * pg_temp.draw(n, 13))::integer AS score
    FROM generate_series({first}, {last}) AS n
    CROSS JOIN users
),
named AS (
    SELECT
        *,
        'u' || lpad(user_number::text, 5, '0') AS user_id,
        -- Two other threads of the same user.
        (thread + 1 + related) % 10 AS first_related,
        (thread + 1 + (related + 1 + related_too) % 9) % 10 AS second_related,
        CASE WHEN tier < 0.15 THEN 'short' WHEN tier < 0.45 THEN 'mid' ELSE 'long' END AS tier_name,
        -- What is kept longer has been left alone for longer.
        age * CASE
            WHEN tier < 0.15 THEN interval '8 days'
            WHEN tier < 0.45 THEN interval '60 days'
            ELSE interval '180 days'
        END AS untouched
    FROM drawn
)
SELECT
    n,
    user_id,
    'assistant',
    user_id || '-t' || thread,
    substr(prose.words, 1 + n % 211, 280 + n % 160),
    tier_name,
    score,
    jsonb_build_object(
        'topic', 'topic-' || topic,
        'category', (ARRAY['fact', 'preference', 'task', 'event'])[1 + category],
        'priority',
        CASE WHEN priority < 0.05 THEN 'high' WHEN priority < 0.7 THEN 'normal' ELSE 'low' END,
        'customer', jsonb_build_object(
            'tier', CASE WHEN customer < 0.03 THEN 'premium' ELSE 'standard' END,
            'region', 'r' || n % 7
        ),
        'entities', jsonb_build_array('e' || entity, 'e' || entity_too)
    ),
    jsonb_build_array(user_id || '-t' || first_related, user_id || '-t' || second_related),
    tier_name = 'long',
    timestamp '2026-11-01' - untouched - interval '3 days' * pg_temp.draw(n, 14),
    timestamp '2026-11-01' - untouched
FROM named
CROSS JOIN (
    SELECT repeat(
        'The user prefers short answers and works on the report in the morning. Meetings are moved '
        'to the afternoon when the train is late. ', 8
    ) AS words
) AS prose
ORDER BY n;
