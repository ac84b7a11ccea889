-- name: first
-- param: skip bigint = 0
select id from events order by created_at, id limit 20 offset :skip;
-- name: deep
-- param: skip bigint = 15000
select id from events order by created_at, id limit 20 offset :skip;
