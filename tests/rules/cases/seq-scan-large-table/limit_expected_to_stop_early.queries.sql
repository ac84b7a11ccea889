-- name: limit_stops_early
select id from events where kind < 80 limit 5;
