-- name: fragment
select id from docs where title ilike '%zzy%';
-- name: beginning
select id from docs where title ilike 'z%';
-- name: beginning_of_a_word
select id from docs where title ilike '% z%';
-- name: end
select id from docs where title ilike '%zz';
-- name: one_long_part
select id from docs where title ilike '%z%zyx%';
-- name: not_like
select id from docs where title not ilike '%e%';
-- name: most_rows
select id from docs where title ilike '%e%';
-- name: everything
select id from docs where title like '%';
-- name: small
select id from few where title ilike '%zz%';
