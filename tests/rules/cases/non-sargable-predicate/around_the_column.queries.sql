-- name: by_day
select id from events where date_trunc('day', created_at) = '2026-01-02';
-- name: folded
select id from events where lower(note) = 'abc';
-- name: cast_to_text
select created_at from events where id::text = '77';
-- name: arithmetic
select created_at from events where id + 1 = 77;
-- name: anywhere
select id from events where note like '%abc%';
-- name: missing_is_zero
select id from events where coalesce(kind, 0) = 77;
