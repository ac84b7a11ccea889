-- Room on each page for one more row version. VACUUM FULL packs the pages anew and locks the table for
-- as long as that takes.

ALTER TABLE ai_response_cache SET (fillfactor = 83);
VACUUM (FULL, ANALYZE) ai_response_cache;
