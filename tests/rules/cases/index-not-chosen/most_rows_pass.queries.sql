-- name: stale
-- param: cutoff timestamptz = 2026-01-11
select count(*) from pages where created_at < :cutoff and kind = 'web';
