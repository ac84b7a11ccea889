-- name: of_a_day
select id from notes where at = '2026-02-01';
