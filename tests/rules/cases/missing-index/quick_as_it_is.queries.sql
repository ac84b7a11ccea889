-- name: by_kind
-- weight: 10
select * from events where kind = 7;
