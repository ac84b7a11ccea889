-- step: statistics

VACUUM (ANALYZE) auth.users;
VACUUM (ANALYZE) courses;
VACUUM (ANALYZE) lectures;
VACUUM (ANALYZE) lecture_content_hashes;
VACUUM (ANALYZE) ai_response_cache;
VACUUM (ANALYZE) ai_cache_stats;
