-- name: of_kind
select id from docs where kind = 7 order by created_at desc limit 10;
-- name: latest
select id from docs order by created_at desc limit 10;
