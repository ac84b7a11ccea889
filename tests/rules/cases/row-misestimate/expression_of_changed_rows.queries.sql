-- name: by_source
select id from chunks where metadata->>'source' = 'web' order by id;
