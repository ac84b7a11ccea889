-- step: files

SELECT setseed(0.125);

INSERT INTO chatbot.uploaded_files
    (id, user_id, conversation_id, original_filename, file_type, size_bytes, is_processed, created_at)
WITH drawn AS MATERIALIZED (
    SELECT
        id,
        floor(({messages} / 200 + 1) * power(random(), 2.2))::integer AS rank,
        1 + floor(({messages} / 820 * 40) * random())::integer AS conversation_id,
        1 + floor(4000 * random())::integer AS word,
        (ARRAY['pdf', 'image', 'text', 'sheet'])[1 + floor(4 * random())::integer] AS file_type,
        floor(5000000 * power(random(), 3))::integer AS size_bytes,
        random() < 0.95 AS is_processed,
        interval '730 days' * random() AS age
    FROM generate_series(1, {messages} / 20) AS id
)
SELECT
    id,
    1 + rank,
    conversation_id,
    named.word || '-' || left(md5('file ' || id), 8) || '.' || file_type,
    file_type,
    size_bytes,
    is_processed,
    timestamptz '2026-11-01 00:00+00' - age
FROM (SELECT id, rank, conversation_id, words.word, file_type, size_bytes, is_processed, age
    FROM drawn JOIN words ON words.n = drawn.word) AS named
ORDER BY id;
