-- name: of_kind
-- set: random_page_cost = 10
select id from docs where kind = 7 order by created_at desc limit 10;
