-- name: of_kind
select id from docs where kind = 7 order by created_at desc limit 10;
-- name: all_of_it
select id from docs where kind = 7 order by created_at desc;
