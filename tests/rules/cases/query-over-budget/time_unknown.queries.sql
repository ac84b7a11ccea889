-- name: costly
-- max_cost: 10
-- max_rows_read: 1000
-- max_ms: 0.001
select count(*) from events;
