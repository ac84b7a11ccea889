-- name: by_kind
select id from events where kind = 7;
