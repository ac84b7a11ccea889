-- name: costly
-- max_cost: 10
-- max_rows_read: 1000
-- max_ms: 0.001
-- no_seq_scan: true
select count(note) from events;
