-- step: {chunks} chunks
-- batch: 5000

-- Of every ten chunks three are web pages and seven one file. Ages are counted back from
-- 2026-11-01 00:00 UTC, the hour at which the registered queries' cutoffs are taken.
SELECT setseed({first}::double precision / {chunks});

INSERT INTO document_chunks
    (id, collection_id, file_name, chunk_index, content, vector_id, metadata, created_at)
WITH
numbers AS (
    SELECT n, (n - 1) / 10 AS file, (n - 1) % 10 AS place
    FROM generate_series({first}, {last}) AS n
),
-- Skewed by a power of 2: the largest cache has the share sqrt(1 / caches). The numbers are turned
-- by half, so that the caches of the users 1 and 2 are of median size at every scale.
pages AS MATERIALIZED (
    SELECT
        n,
        1 + (floor({chunks} / 500 * power(random(), 2))::integer + ({chunks} / 500 + 1) / 2)
            % ({chunks} / 500) AS user_number,
        interval '-10 hours' * ln(1 - random()) AS age,
        random() AS topic,
        random() AS score
    FROM numbers
    WHERE place < 3
),
files AS MATERIALIZED (
    SELECT
        file,
        1 + floor({chunks} / 500 * random())::integer AS user_number,
        interval '365 days' * random() AS age,
        (ARRAY['pdf', 'md', 'docx', 'upload'])[1 + floor(4 * random())::integer] AS source_type
    FROM (SELECT DISTINCT file FROM numbers ORDER BY file) AS started
),
chunks AS (
    SELECT
        n,
        'web_cache_u' || lpad(user_number::text, 5, '0') AS collection_name,
        'page-' || n || '.html' AS file_name,
        0 AS chunk_index,
        jsonb_build_object(
            'source_type', 'web',
            'url', 'https://site-' || n % 977 || '.example/articles/' || n,
            'title', 'Article ' || n || ' of site ' || n % 977,
            'content_hash', 'sha256:' || encode(sha256(convert_to('page ' || n, 'UTF8')), 'hex'),
            'topic',
            CASE WHEN topic < 0.2 THEN 'news' WHEN topic < 0.8 THEN 'general' ELSE 'research' END,
            'query', 'question ' || n % 5003,
            'score', round(score::numeric, 3)
        ) AS metadata,
        age
    FROM pages
    UNION ALL
    SELECT
        n,
        'documents_u' || lpad(user_number::text, 5, '0'),
        'file-' || file || '.' || source_type,
        place - 3,
        jsonb_build_object('source_type', source_type, 'page', place - 2, 'language', 'en'),
        age
    FROM numbers JOIN files USING (file)
    WHERE place >= 3
)
SELECT
    md5('chunk ' || n)::uuid,
    md5(collection_name)::uuid,
    file_name,
    chunk_index,
    substr(prose.words, 1 + n % 613, 900 + n % 201),
    md5('vector ' || n)::uuid,
    metadata,
    timestamptz '2026-11-01 00:00+00' - age
FROM chunks
CROSS JOIN (
    SELECT repeat(
        'The cache keeps each page in pieces of about a thousand characters, so that a question '
        'can be answered from the few passages that matter. A page grows stale: news within the '
        'hour, most other pages within a day, research within a week. ', 8
    ) AS words
) AS prose
ORDER BY n;
