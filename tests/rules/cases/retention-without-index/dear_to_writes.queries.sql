-- name: purge
delete from events where created_at < timestamptz '2026-01-02';
-- name: write
-- weight: 100000
insert into events values (99999, timestamptz '2026-02-02', 'x');
