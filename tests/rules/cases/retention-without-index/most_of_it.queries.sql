-- name: purge
delete from events where created_at < timestamptz '2026-01-14 20:00';
