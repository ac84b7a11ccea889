-- name: orphans
select count(*) from hashes where lecture_id not in (select id from lectures);

-- name: orphans_of_many
-- set: work_mem = 64kB
select count(*) from hashes where lecture_id NOT IN
    (SELECT id from lectures);
