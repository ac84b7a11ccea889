-- What is known of a topic, summed up for each user.

-- name: cluster_get
-- description: one cluster by its key
-- weight: 6
-- param: user_id text = u00001
-- param: topic text = topic-4
-- param: category text = task
SELECT * FROM memory_clusters
WHERE user_id = :user_id AND topic = :topic AND category = :category;

-- name: cluster_upsert
-- description: a cluster is built anew
-- weight: 2
-- param: user_id text = u00001
-- param: topic text = topic-4
-- param: category text = task
-- param: memory_ids jsonb = [4, 104, 204, 304]
-- param: summary text = What is known of topic 4, built anew.
-- param: memory_count integer = 4
INSERT INTO memory_clusters
    (user_id, topic, category, memory_ids, summary, memory_count, last_built_at)
VALUES (:user_id, :topic, :category, :memory_ids, :summary, :memory_count, now())
ON CONFLICT (user_id, topic, category) DO UPDATE SET
    memory_ids = excluded.memory_ids,
    summary = excluded.summary,
    memory_count = excluded.memory_count,
    last_built_at = excluded.last_built_at,
    updated_at = now();

-- name: cluster_list
-- description: all clusters of a user
-- weight: 2
-- param: user_id text = u00001
SELECT * FROM memory_clusters WHERE user_id = :user_id;
