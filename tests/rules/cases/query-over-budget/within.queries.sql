-- name: costly
-- max_cost: 1000000
-- max_rows_read: 20000
-- max_ms: 60000
select count(*) from events;
-- name: by_key
-- no_seq_scan: true
select kind from events where id = 7;
