-- name: tagged
select id from docs where tags @> array['t7'];
-- name: during
select id from docs where open @> 77;
-- name: later
select id from docs where code > 'c9998';
-- name: exactly
select id from docs where other = 'c77';
-- name: same
select id from docs where words = array['w7'];
-- name: search
select id from docs where title ilike '%abcd%';
-- name: nearby
select id from docs where net <<= '10.0.7.0/24';
