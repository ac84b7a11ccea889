-- Lists of collections and documents.

-- name: coll_user
-- description: the collections of a user
-- weight: 2
-- param: user_id integer = 48
-- param: status text = active
SELECT * FROM collections WHERE user_id = :user_id AND status = :status;

-- name: docs_status
-- description: how many documents of a collection are done
-- weight: 3
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
-- param: status text = completed
SELECT count(*) FROM documents WHERE collection_id = :collection_id AND status = :status;
