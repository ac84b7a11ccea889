-- step: {chunks} chunks
-- batch: 20000

-- 22 chunks a document, one after the other; one chunk in 20 has no embedding yet.
SELECT setseed({first}::double precision / {chunks});

INSERT INTO chunks (id, collection_id, document_id, chunk_index, content, embedding, created_at)
WITH documents AS MATERIALIZED (
    SELECT
        document,
        md5('document ' || document)::uuid AS id,
        md5('collection ' || collection_of_document(document))::uuid AS collection_id,
        document_created_at(document) AS created_at
    FROM generate_series(({first} - 1) / 22, ({last} - 1) / 22) AS document
)
SELECT
    n,
    collection_id,
    documents.id,
    (n - 1) % 22,
    substr(prose.words, 1 + n % 157, 450 + n % 201),
    CASE WHEN n % 20 <> 0 THEN ARRAY[
        random(), random(), random(), random(), random(), random(), random(), random(),
        random(), random(), random(), random(), random(), random(), random(), random()
    ]::real[] END,
    created_at + (n - 1) % 22 * interval '10 milliseconds'
FROM generate_series({first}, {last}) AS n
JOIN documents ON document = (n - 1) / 22
CROSS JOIN (
    SELECT repeat(
        'A document is cut into chunks of a few hundred characters, and each has its place in a '
        'space of sixteen dimensions: what is near in meaning is near in it. ', 6
    ) AS words
) AS prose
ORDER BY n;
