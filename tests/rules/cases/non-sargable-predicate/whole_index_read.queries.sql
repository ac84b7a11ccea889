-- name: of_day
select count(*) from events where created_at::date = '2026-01-02';
