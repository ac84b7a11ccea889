-- step: statistics

VACUUM (ANALYZE) document_collections;
VACUUM (ANALYZE) document_chunks;
