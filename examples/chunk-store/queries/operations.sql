-- What the page of a collection says of the work done on it.

-- name: ops_load
-- description: all operations of a collection, which the application fetches to count them
-- weight: 6
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
SELECT * FROM operations
WHERE collection_id = :collection_id AND type = 'chunking'
ORDER BY created_at DESC;

-- name: ops_stats
-- description: the same counts made by the server
-- weight: 10
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
SELECT
    count(*),
    count(*) FILTER (WHERE status = 'completed'),
    count(*) FILTER (WHERE status = 'failed'),
    avg(processing_time) FILTER (WHERE status = 'completed'),
    max(created_at),
    min(created_at)
FROM operations
WHERE collection_id = :collection_id AND type = 'chunking';

-- name: ops_strategy
-- description: how often each strategy was used in a collection
-- weight: 6
-- param: collection_id uuid = 48a7f6c7-ef91-d218-880d-d0db6800b924
SELECT metadata->'strategy', count(*) FROM operations
WHERE collection_id = :collection_id AND type = 'chunking' AND metadata IS NOT NULL
GROUP BY 1;

-- name: ops_by_strategy
-- description: how often a strategy was used at all
-- weight: 1
-- param: strategy text = semantic
SELECT count(*) FROM operations
WHERE metadata->>'strategy' = :strategy AND metadata IS NOT NULL;

-- name: ops_active
-- description: what is still to be done for a user
-- weight: 12
-- param: user_id integer = 48
SELECT * FROM operations WHERE user_id = :user_id AND status IN ('processing', 'pending');

-- name: ops_latest
-- description: the newest operations of all users
-- weight: 1
SELECT * FROM operations ORDER BY created_at DESC LIMIT 20;
