-- name: sales_of_model
select sum(price) from cars join sales on car_id = id where make in (1, 2, 3, 4, 5, 6, 7) and model in (1, 2, 3, 4, 5, 6, 7);
