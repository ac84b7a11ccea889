-- name: search_by_title
select id from documents where title ilike '%abc%';
-- name: search_by_prefix
select id from documents where lower(title) = 'abc';
-- name: others
select * from other where id = 4;
-- name: flagged_of_owner
select * from documents where flag = 1 and owner = 8;
