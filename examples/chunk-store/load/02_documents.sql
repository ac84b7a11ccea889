-- step: documents

-- Of a hundred documents 11 are in collection 1, 33 in the 19 middling ones, 56 in the other 580.
-- Which document was created when has nothing to do with where its rows lie.
CREATE FUNCTION collection_of_document(document bigint) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN document % 100 < 11 THEN 1
        WHEN document % 100 < 44 THEN 2 + (document / 100 * 33 + document % 100 - 11) % 19
        ELSE 21 + (document / 100 * 56 + document % 100 - 44) % 580
    END;

-- Ages are counted back from 2026-11-01 00:00 UTC, even over 365 days.
CREATE FUNCTION document_created_at(document bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN timestamptz '2026-11-01 00:00+00'
        - abs(hashint8(document) % 31536000) * interval '1 second';

INSERT INTO documents (id, collection_id, file_name, status, chunk_count, created_at)
SELECT
    md5('document ' || n)::uuid,
    md5('collection ' || collection_of_document(n))::uuid,
    'file-' || n || '.pdf',
    CASE WHEN n % 10 < 9 THEN 'completed' WHEN n % 20 < 10 THEN 'failed' ELSE 'processing' END,
    22,
    document_created_at(n)
FROM generate_series(0, ({chunks} - 1) / 22) AS n;
