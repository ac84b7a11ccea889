-- The same batch where the partitions are by list: what names the collection reads all of them,
-- what names the key as well reads one. Beside the hundred calls of the other files.

-- name: list_batch
-- description: chunk_batch on partitions by list
-- weight: 1
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
-- param: document_ids uuid[] = {22830fb3-2d82-0773-c8bf-0e529ac477cc,0d5b78b5-8c39-955f-83d5-73cf9b8bb611}
SELECT * FROM chunks_by_list
WHERE collection_id = :collection_id AND document_id = ANY(:document_ids)
ORDER BY document_id, chunk_index
LIMIT 1000;

-- name: list_batch_pruned
-- description: the same, and it says in which partition they are
-- weight: 1
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
-- param: document_ids uuid[] = {22830fb3-2d82-0773-c8bf-0e529ac477cc,0d5b78b5-8c39-955f-83d5-73cf9b8bb611}
SELECT * FROM chunks_by_list
WHERE partition_key = partition_key_of(:collection_id)
    AND collection_id = :collection_id AND document_id = ANY(:document_ids)
ORDER BY document_id, chunk_index
LIMIT 1000;
