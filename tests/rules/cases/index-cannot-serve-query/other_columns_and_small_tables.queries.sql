-- name: unrelated
select id from docs where created_at = '2026-01-02';
-- name: small
select id from few where metadata->>'kind' = 'x';
-- name: all_of_it
select count(*) from docs;
