-- name: month
select note from events where extract(month from at) = 3;
-- name: month_of_a_year
select note from events where extract(year from at) = 2021 and extract(month from at) = 3;
-- name: hour_of_a_year
select note from events where extract(year from at) = 2021 and extract(hour from at) = 3;
-- name: year
select note from events where date_part('year', at) = 2021;
-- name: default
select note from events where coalesce(n, 0) = 7;
