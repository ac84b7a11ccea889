-- name: page
select *, count(*) over () from events where kind = 1 order by at desc limit 100 offset 100;
-- name: joined
select a.id, COUNT(1) OVER ( ) as total from events a join events b using (id) limit 10;
