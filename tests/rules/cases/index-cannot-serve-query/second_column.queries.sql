-- name: at
select id from docs where created_at = '2026-01-02 00:00:00+00';
