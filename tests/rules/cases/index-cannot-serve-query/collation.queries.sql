-- name: starts_with
select id from docs where title like 'abc%';
