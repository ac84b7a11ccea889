-- name: purge_a_kind
delete from events where kind = 7 and created_at < timestamptz '2026-01-02';
