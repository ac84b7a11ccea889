-- step: operations

-- 183 for a thousand chunks, appended as time went by. Of 200 operations 11 are of collection 1,
-- 31 of the 19 middling ones, 158 of the other 580.
SELECT setseed(0.3);

INSERT INTO operations
    (id, uuid, collection_id, user_id, type, status, processing_time, metadata, error_message,
     created_at)
WITH
drawn AS MATERIALIZED (
    SELECT
        n,
        CASE
            WHEN n % 200 < 11 THEN 1
            WHEN n % 200 < 42 THEN 2 + (n / 200 * 31 + n % 200 - 11) % 19
            ELSE 21 + (n / 200 * 158 + n % 200 - 42) % 580
        END AS collection,
        random() AS type,
        random() AS status,
        random() AS seconds,
        random() AS strategy
    FROM generate_series(1, {chunks} * 183 / 1000) AS n
),
named AS (
    SELECT
        n,
        collection,
        CASE
            WHEN type < 0.6 THEN 'chunking' WHEN type < 0.8 THEN 'indexing'
            WHEN type < 0.9 THEN 'reindexing' ELSE 'deletion'
        END AS type,
        CASE
            WHEN status < 0.7 THEN 'completed' WHEN status < 0.8 THEN 'failed'
            WHEN status < 0.9 THEN 'processing' ELSE 'pending'
        END AS status,
        seconds,
        (ARRAY['recursive', 'semantic', 'markdown', 'token', 'hybrid'])[1 + floor(
            5 * strategy / 0.93)::integer] AS strategy
    FROM drawn
)
SELECT
    n,
    md5('operation ' || n)::uuid,
    md5('collection ' || collection)::uuid,
    1 + collection % 200,
    type,
    status,
    CASE WHEN status = 'completed' THEN 0.5 + 60 * seconds END,
    CASE WHEN strategy IS NOT NULL
        THEN jsonb_build_object('strategy', strategy, 'chunk_size', 512, 'overlap', 64)
    END,
    CASE WHEN status = 'failed' THEN 'the document could not be read' END,
    timestamptz '2025-11-01 00:00+00' + n * (interval '365 days' / ({chunks} * 183 / 1000))
FROM named
ORDER BY n;
