-- name: by_kind
select id from events where kind = 7;
-- name: all_of_it
select sum(kind) from events;
-- name: most
select note from events where kind > 10;
