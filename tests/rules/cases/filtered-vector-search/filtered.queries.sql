-- name: nearest
-- set: enable_seqscan = off
-- set: enable_sort = off
select id from chunks where collection = 7 order by embedding <-> '[0.5,0.5,0.5]' limit 10;
