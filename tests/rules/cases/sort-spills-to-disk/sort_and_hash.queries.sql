-- name: sorted
-- set: work_mem = 1MB
select id, note from events order by kind, id;
-- name: hashed
-- set: work_mem = 1MB
-- set: hash_mem_multiplier = 1
-- set: enable_mergejoin = off
-- set: enable_nestloop = off
select count(a.note || b.note) from events as a join events as b on a.created_at = b.created_at;
