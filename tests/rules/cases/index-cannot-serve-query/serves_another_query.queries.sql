-- name: by_arrow
select id from docs where metadata->>'kind' = 'k7';
-- name: by_containment
select id from docs where metadata @> '{"n": 7}';
