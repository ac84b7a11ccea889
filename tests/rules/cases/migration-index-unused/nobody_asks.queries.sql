-- name: of_a_customer
select * from orders where customer = 5;
-- name: of_a_total
select * from orders where customer = 5 and total = 1;
