-- step: the authors' indexes

CREATE INDEX idx_ai_cache_key ON ai_response_cache (cache_key);
CREATE INDEX idx_ai_cache_lecture_ids ON ai_response_cache USING gin (lecture_ids);
CREATE INDEX idx_ai_cache_operation_type ON ai_response_cache (operation_type);
CREATE INDEX idx_ai_cache_content_hash ON ai_response_cache (content_hash);
CREATE INDEX idx_ai_cache_created_at ON ai_response_cache (created_at);
CREATE INDEX idx_ai_cache_stats_date ON ai_cache_stats (date);
