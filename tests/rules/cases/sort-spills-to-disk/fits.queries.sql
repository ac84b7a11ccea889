-- name: sorted
-- set: work_mem = 256MB
select id, note from events order by kind, id;
-- name: top
-- set: work_mem = 1MB
select id, note from events order by kind, id limit 10;
