-- name: open
select id from docs where created_at < '2026-01-02' and is_done is false;
