-- Who may read is said by role, so that no condition stands before those of the query. The backend's
-- role needs no policy: row-level security does not apply to it.

DROP POLICY read_responses ON ai_response_cache;
DROP POLICY manage_responses ON ai_response_cache;
CREATE POLICY read_responses ON ai_response_cache FOR SELECT TO authenticated USING (true);
