-- name: stale
-- param: cutoff timestamptz = 2026-01-11
select count(*) from pages where created_at < :cutoff and kind = 'web';
-- name: latest
select id from pages order by created_at desc limit 5;
