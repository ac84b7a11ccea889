-- name: of_a_customer
select * from orders where customer = 5;
-- name: by_the_total
select * from orders where total = 5 and customer = 4;
-- name: lines_of_code
select id from lines where code = 5;
-- name: small
select * from "Small ""S" where "Kéy" = 3;
