-- name: open
select id from docs where owner = 7 and not is_done order by created_at limit 5;
-- name: open_too
select id from docs where owner = 7 and is_done is false order by created_at limit 5;
