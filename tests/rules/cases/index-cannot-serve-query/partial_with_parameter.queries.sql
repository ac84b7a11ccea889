-- name: open
-- param: label text
select id, :label::text as label from docs where created_at < '2026-01-02' and is_done = :done;
