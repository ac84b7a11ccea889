-- What every request does: find the user's cache, and see whether a page is in it already.

-- name: dedup
-- description: is this page cached already? asked before every store
-- weight: 60
-- max_ms: 5
-- param: content_hash text = sha256:0621a1c111cfd4554a172d9ecd490a9a8d6e4e66e0f444491b716fb1d00ab1b9
SELECT * FROM document_chunks WHERE metadata->>'content_hash' = :content_hash;

-- name: coll_by_name
-- description: the id of a user's web cache
-- weight: 12
-- param: collection_name text = web_cache_u00001
SELECT id FROM document_collections WHERE collection_name = :collection_name;

-- name: insert_chunk
-- description: one page goes into the cache; here for what indexes cost a write
-- weight: 4
-- param: id uuid = 5b2c53d5-1d0f-4c8e-9b1e-0a7e63c5d001
-- param: collection_id uuid = 0f7b4e4e-3c2a-a9e3-7897-e84555ba6ad0
-- param: file_name text = page-new.html
-- param: content text = A page that was not in the cache before.
-- param: vector_id uuid = 9f1f0f0e-62a4-4c39-8a39-0a7e63c5d002
-- param: metadata jsonb = {"source_type": "web", "url": "https://site-1.example/new", "title": "New", "content_hash": "sha256:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c", "topic": "general", "query": "question 1", "score": 0.5}
-- param: created_at timestamptz = 2026-11-01 00:00:00+00
INSERT INTO document_chunks
    (id, collection_id, file_name, chunk_index, content, vector_id, metadata, created_at)
VALUES (:id, :collection_id, :file_name, 0, :content, :vector_id, :metadata, :created_at);
