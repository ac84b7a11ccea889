-- name: by_make
select id from cars where make = 7 order by id;
