-- name: how_many_done
select count(*) from jobs where done;
