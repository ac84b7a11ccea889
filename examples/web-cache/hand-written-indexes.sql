-- step: the authors' indexes

CREATE INDEX ix_document_chunks_created_at ON document_chunks (created_at);
CREATE INDEX ix_document_chunks_metadata_gin ON document_chunks USING gin (metadata);
CREATE INDEX ix_document_chunks_content_hash ON document_chunks ((metadata->>'content_hash'))
    WHERE metadata->>'content_hash' IS NOT NULL;
CREATE INDEX ix_document_chunks_source_type ON document_chunks ((metadata->>'source_type'))
    WHERE metadata->>'source_type' = 'web';
