-- step: clusters

-- Fifty of a user's eighty pairs of topic and category have been summed up.
INSERT INTO memory_clusters (
    user_id, topic, category, memory_ids, summary, memory_count, last_built_at, created_at,
    updated_at
)
SELECT
    'u' || lpad(user_number::text, 5, '0'),
    'topic-' || pair % 20,
    (ARRAY['fact', 'preference', 'task', 'event'])[1 + pair / 20],
    jsonb_build_array(pair + 1, pair + 101, pair + 201),
    'What is known of topic ' || pair % 20 || ', in two sentences that an assistant can quote.',
    3,
    timestamp '2026-10-31' - pair * interval '1 hour',
    timestamp '2026-09-01',
    timestamp '2026-10-31' - pair * interval '1 hour'
FROM generate_series(1, greatest(100, {memories} / 250)) AS user_number
CROSS JOIN LATERAL (
    SELECT pair
    FROM generate_series(0, 79) AS pair
    ORDER BY hashint8extended(pair, user_number)
    LIMIT 50
) AS pairs
-- Clusters are rebuilt as users come and go: those of one user do not lie together.
ORDER BY hashint8extended(80 * user_number + pair, 0);

INSERT INTO alembic_version (version_num) VALUES ('0004_memory_clusters');

SELECT setval(pg_get_serial_sequence('memories', 'id'), (SELECT max(id) FROM memories));
