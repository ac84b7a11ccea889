-- step: {responses} responses
-- batch: 5000

-- Ages are counted back from 2026-11-01 00:00 UTC, the hour at which the registered queries'
-- cutoffs are taken.
SELECT setseed({first}::double precision / {responses});

INSERT INTO ai_response_cache (
    id, cache_key, operation_type, lecture_ids, params, content_hash, response_data, tokens_used,
    content_size, hit_count, created_at, last_accessed_at
)
WITH
sizes AS (SELECT {responses} / 500 * 25 AS lectures, {responses} * 7 / 100 AS contents),
-- Skewed by a power of 2: a few lectures are asked about far more than the others. The numbers are
-- turned by half, so that the first lectures are of median size at every scale.
drawn AS MATERIALIZED (
    SELECT
        n,
        (floor(lectures * power(random(), 2))::integer + (lectures + 1) / 2) % lectures AS lecture,
        1 + floor(7 * random())::integer AS step,
        random() < 0.5 AS has_third,
        random() AS kind,
        interval '40 days' * random() AS age,
        CASE WHEN random() < 0.5 THEN 0 ELSE 1 + floor(-9.5 * ln(1 - random()))::integer END AS hits,
        floor(contents * random())::integer AS content,
        200 + floor(1800 * random())::integer AS tokens
    FROM generate_series({first}, {last}) AS n, sizes
),
responses AS (
    SELECT
        *,
        CASE WHEN kind < 0.5 THEN 'summary' WHEN kind < 0.71 THEN 'quiz'
            WHEN kind < 0.87 THEN 'flashcards' ELSE 'explanation' END AS operation_type,
        ARRAY[
            md5('lecture ' || 1 + lecture)::uuid,
            md5('lecture ' || 1 + (lecture + step) % lectures)::uuid
        ] || CASE WHEN has_third THEN
            ARRAY[md5('lecture ' || 1 + (lecture + 2 * step) % lectures)::uuid]
        END AS lecture_ids
    FROM drawn, sizes
)
SELECT
    md5('response ' || n)::uuid,
    encode(sha256(convert_to('key ' || n, 'UTF8')), 'hex'),
    operation_type,
    lecture_ids,
    jsonb_build_object('language', 'en', 'level', n % 3, 'items', 5 + n % 20),
    encode(sha256(convert_to('content ' || content, 'UTF8')), 'hex'),
    jsonb_build_object('kind', operation_type, 'text', substr(prose.words, 1 + n % 613, 740 + n % 201)),
    tokens,
    4 * tokens,
    hits,
    timestamptz '2026-11-01 00:00+00' - age,
    timestamptz '2026-11-01 00:00+00' - CASE WHEN hits = 0 THEN age ELSE age * kind END
FROM responses
CROSS JOIN (
    SELECT repeat(
        'An answer that has been made once need not be made again: it is kept under the hash of '
        'what was asked, with the lectures that it was made from, until one of them changes. ', 12
    ) AS words
) AS prose
ORDER BY n;
