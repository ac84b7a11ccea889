-- name: sorted
select id, hash from notes where kind like 'k%' order by title limit 5;

-- name: by_day
select at, count(*) from notes group by at;

-- name: by_key
select * from scanned where id = 7;
