-- name: page
select id from events order by created_at, id limit 20 offset 5000;
