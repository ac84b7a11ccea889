-- name: of_parent
select sum(id) from children where parent_id = 1;
