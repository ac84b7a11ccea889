/* for: search_by_title */
CREATE INDEX CONCURRENTLY documents_title ON documents USING gin (title gin_trgm_ops);
-- An index on documents for its owner, not on owner_documents; unlike search_by_title_2.
CREATE INDEX CONCURRENTLY documents_owner_idx ON documents (owner);
CREATE INDEX CONCURRENTLY documents_search_by_size ON documents ("Größe");
