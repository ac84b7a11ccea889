-- step: statistics

DROP FUNCTION collection_of_document, document_created_at;

VACUUM (ANALYZE) collections, documents, operations, chunks, chunks_by_list;
