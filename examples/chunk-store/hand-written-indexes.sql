-- step: the authors' indexes

CREATE INDEX idx_operations_collection_type_status ON operations (collection_id, type, status);
CREATE INDEX idx_operations_created_desc ON operations (created_at DESC);
CREATE INDEX idx_operations_user_status ON operations (user_id, status)
    WHERE status IN ('processing', 'pending');
CREATE INDEX idx_operations_metadata_strategy ON operations ((metadata->>'strategy'))
    WHERE metadata IS NOT NULL;
CREATE INDEX idx_collections_user_status ON collections (user_id, status);
CREATE INDEX idx_documents_collection_status ON documents (collection_id, status);

-- Three on each of the hundred partitions, none on the table itself.
DO $$
BEGIN
    FOR part IN 0..99 LOOP
        EXECUTE format(
            'CREATE INDEX idx_chunks_part_%1$s_collection_document '
            'ON chunks_part_%1$s (collection_id, document_id)', part
        );
        EXECUTE format(
            'CREATE INDEX idx_chunks_part_%1$s_document_chunk_index '
            'ON chunks_part_%1$s (document_id, chunk_index)', part
        );
        EXECUTE format(
            'CREATE INDEX idx_chunks_part_%1$s_created_brin '
            'ON chunks_part_%1$s USING brin (created_at)', part
        );
    END LOOP;
END
$$;
