-- Reading chunks: by document, by page, by likeness, and their figures.
-- Collection 48a7f6c7-… is one of the 19 middling ones. "Now" is 2026-11-01 00:00 UTC.

-- name: chunk_stats
-- description: the figures of a collection
-- weight: 8
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
SELECT
    count(*),
    avg(length(content)),
    min(length(content)),
    max(length(content)),
    count(DISTINCT document_id)
FROM chunks
WHERE collection_id = :collection_id;

-- name: chunk_batch
-- description: the chunks of several documents in one call
-- weight: 15
-- max_ms: 50
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
-- param: document_ids uuid[] = {22830fb3-2d82-0773-c8bf-0e529ac477cc,0d5b78b5-8c39-955f-83d5-73cf9b8bb611,376d8e1e-c20a-d010-8ca8-136c9a53e26c,15ba27ca-4f28-2579-cb18-059daf51db7b,443bf2c2-998b-0f04-3f0d-589eebf1411b,965bce35-d7bb-80a0-ae1d-dfcdf3fa3279,1a69b10d-2d54-105a-4839-cb6d9f19e921,0a6485f2-c1a9-5a5a-3db0-159e306cb567,319fb3d8-1f54-75f9-6887-5cabef126083,d0e3b82b-87d8-56f6-862b-938f35c8b958}
SELECT * FROM chunks
WHERE collection_id = :collection_id AND document_id = ANY(:document_ids)
ORDER BY document_id, chunk_index
LIMIT 1000;

-- name: doc_chunks
-- description: the chunks of one document, called once for each document of a collection
-- weight: 12
-- max_ms: 50
-- param: document_id uuid = 22830fb3-2d82-0773-c8bf-0e529ac477cc
SELECT * FROM chunks WHERE document_id = :document_id ORDER BY chunk_index;

-- name: page_over
-- description: the first page, and how many chunks there are in all
-- weight: 5
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
SELECT *, count(*) OVER () FROM chunks
WHERE collection_id = :collection_id
ORDER BY created_at DESC
LIMIT 100 OFFSET 0;

-- name: page_over_deep
-- description: page 150 of the same
-- weight: 5
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
SELECT *, count(*) OVER () FROM chunks
WHERE collection_id = :collection_id
ORDER BY created_at DESC
LIMIT 100 OFFSET 14900;

-- name: page_first
-- description: the first page without the count, as it will be asked for
-- weight: 2
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
SELECT * FROM chunks
WHERE collection_id = :collection_id
ORDER BY created_at DESC, id DESC
LIMIT 100;

-- name: page_keyset
-- description: a deep page by the last row of the page before it, as it will be asked for
-- weight: 3
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
-- param: created_at timestamptz = 2025-12-26 00:00:00+00
-- param: id bigint = 500000
SELECT * FROM chunks
WHERE collection_id = :collection_id AND (created_at, id) < (:created_at, :id)
ORDER BY created_at DESC, id DESC
LIMIT 100;

-- name: similar
-- description: the ten chunks of a collection that are nearest to a question
-- weight: 8
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
-- param: question real[] = {0.31,0.62,0.05,0.44,0.93,0.18,0.77,0.29,0.51,0.86,0.12,0.68,0.35,0.97,0.23,0.59}
SELECT id, euclidean_distance(embedding, :question) AS distance FROM chunks
WHERE collection_id = :collection_id AND embedding IS NOT NULL
ORDER BY distance
LIMIT 10;

-- name: recent
-- description: the chunks of the last two days, in all collections
-- weight: 1
-- param: since timestamptz = 2026-10-30 00:00:00+00
SELECT count(*) FROM chunks WHERE created_at > :since;
