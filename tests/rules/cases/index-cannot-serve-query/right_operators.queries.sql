-- name: by_containment
select id from docs where metadata @> '{"n": 7}';
-- name: tagged
select id from docs where tags @> array['t7'];
-- name: folded
select id from docs where lower(title) = 'title x';
-- name: prefix
select id from docs where title like 'Title abc%';
-- name: open
select id from docs where created_at < '2026-01-02' and not is_done;
-- name: search
select id from docs where to_tsvector('english', title) @@ to_tsquery('english', 'abcd');
-- name: both
select id from docs where title = 'x' and id > 5;
