-- name: running
select *, count(*) over (order by at) from events order by at limit 100;
-- name: numbered
select *, row_number() over (order by at) from events limit 100;
-- name: no_page
select *, count(*) over () from events where kind = 1;
-- name: few_rows
select *, count(*) over () from few order by id limit 10;
-- name: counted_apart
select count(*) from events;
