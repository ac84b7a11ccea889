-- name: of_a_customer
select * from orders where customer = 5;
-- name: by_serial
select * from orders where serial = 5;
