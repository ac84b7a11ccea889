-- name: sales_of_model
select sum(price) from cars join sales on car_id = id where make = 7 and model = 7;
