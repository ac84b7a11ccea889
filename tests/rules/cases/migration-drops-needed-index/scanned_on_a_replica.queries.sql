-- name: by_id
select * from orders where id = 5;
