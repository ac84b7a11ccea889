-- name: most_rows
select id from events where kind > 50;
-- name: aggregate_of_all
select count(*), max(created_at) from events;
-- name: small_table
select * from small where kind = 7;
-- name: limit_stops_early
select id from events where kind < 100 limit 5;
-- name: by_index
select kind from events where id = 77;
