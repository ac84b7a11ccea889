-- name: figures
select count(*), avg(length(content)), MAX( Length( c.content ) ) from chunks c where kind = 1;
-- name: partitioned
select sum(octet_length(content)) from parts;
