-- name: right
select sum(price) from cars join sales on car_id = id where make = 7;
-- name: few_rows
select id from cars where make = 7 and model = 8;
-- name: no_choice_to_make
select id from cars where make = 7 and model = 7;
-- name: stopped_early
select id from cars where make = 7 order by id limit 1;
