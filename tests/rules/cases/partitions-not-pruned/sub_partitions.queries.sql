-- name: by_id
select * from logs where id = 77;
-- name: both
-- param: id int = 77
select * from logs where id = :id and date_trunc('month', at) = '2026-03-01';
-- name: a_month
select * from logs where id = 77 and at >= '2026-03-01' and at < '2026-03-20';
