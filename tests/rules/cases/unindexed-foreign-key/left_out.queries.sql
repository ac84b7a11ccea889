-- name: close
delete from places where id = 950;
-- name: move
-- weight: 1000
update parcels set place_id = 7 where id = 42;
