-- step: chunks in partitions by list

-- A tenth as many, and appended as time went by: here the order on disk is that of the ages.
INSERT INTO chunks_by_list
    (id, collection_id, document_id, chunk_index, content, embedding, partition_key, created_at)
SELECT
    id,
    collection_id,
    document_id,
    chunk_index,
    content,
    embedding,
    partition_key_of(collection_id),
    timestamptz '2025-11-01 00:00+00' + id * (interval '365 days' / ({chunks} / 10))
FROM chunks
WHERE id <= {chunks} / 10
ORDER BY id;
