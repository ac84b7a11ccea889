-- for: search_by_title
CREATE INDEX CONCURRENTLY documents_title ON documents (title);
CREATE INDEX CONCURRENTLY documents_search_by_prefix ON documents (title text_pattern_ops);
-- for: others
CREATE INDEX CONCURRENTLY documents_other ON documents (title, id);
-- makes flagged_of_owner quick
CREATE INDEX CONCURRENTLY documents_flag ON documents (flag);
