-- name: open
select id from docs where id = 7 and owner = 7 and is_done is false;
