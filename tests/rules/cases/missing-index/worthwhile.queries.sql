-- name: by_kind
-- weight: 10
select id from events where kind = 7;
