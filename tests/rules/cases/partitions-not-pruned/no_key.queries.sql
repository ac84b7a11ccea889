-- name: by_document
select * from items where document = 77;
-- name: cast
select * from items where shelf::text = '7' and document = 77;
