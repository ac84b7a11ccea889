-- name: search_by_title
select id from documents where title ilike '%abcde%';
-- name: documents_owner
select * from documents where owner = 8;
-- name: search_by_size
select * from documents where "Größe" = 7;
-- name: owner_documents
select * from owner_documents where id = 7;
