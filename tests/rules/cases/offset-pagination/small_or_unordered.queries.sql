-- name: second_page
select id from events order by id limit 20 offset 20;
-- name: small_table
-- param: skip bigint = 20
select id from few order by id limit 20 offset :skip;
-- name: keyset
select id from events where id > 5000 order by id limit 20;
