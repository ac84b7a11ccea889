-- name: search
select id from docs where title ilike '%zz%';
-- name: typed
-- param: term text = x
select id from docs where title like '%' || :term || '%' order by id limit 5;
