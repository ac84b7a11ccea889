-- name: changed
update pages set hash = 'x' where id = 7;
