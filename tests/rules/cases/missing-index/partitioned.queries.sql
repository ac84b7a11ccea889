-- name: by_kind
-- weight: 10
select * from logs where kind = 7;
