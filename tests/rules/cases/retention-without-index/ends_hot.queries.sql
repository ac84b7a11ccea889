-- name: purge
delete from sessions where seen_at < timestamptz '2026-01-02';
-- name: seen
-- weight: 1000
update sessions set seen_at = timestamptz '2026-02-02' where id = 42;
