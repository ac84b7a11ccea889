-- step: the authors' indexes

CREATE INDEX idx_memories_metadata_gin ON memories USING gin (metadata);
CREATE INDEX idx_memories_related_threads_gin ON memories USING gin (related_threads);
CREATE INDEX idx_memories_user_thread ON memories (user_id, thread_id);
CREATE INDEX idx_memories_user_tier ON memories (user_id, tier);
CREATE INDEX idx_memories_tier_updated ON memories (tier, updated_at);
CREATE INDEX idx_memories_user_tier_updated ON memories (user_id, tier, updated_at);
CREATE INDEX idx_cluster_user ON memory_clusters (user_id);
CREATE INDEX idx_cluster_topic ON memory_clusters (topic);
