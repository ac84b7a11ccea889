-- name: stale
-- param: cutoff timestamptz = 2026-01-01 12:00:00
select count(*) from pages where created_at < :cutoff and kind = 'web';
