-- name: by_kind
select * from events where kind = 7;
