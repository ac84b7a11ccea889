-- name: nearest_of_all
select id from chunks order by embedding <-> '[0.5,0.5,0.5]' limit 10;
-- name: exact
select id from few where collection = 7 order by embedding <-> '[0.5,0.5,0.5]' limit 10;
-- name: keeps_nearly_all
select id from chunks where collection > 20 order by embedding <-> '[0.5,0.5,0.5]' limit 10;
