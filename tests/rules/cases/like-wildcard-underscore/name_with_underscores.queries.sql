-- name: caches
select id from collections where name like 'web_cache_%';
-- name: others
delete from collections where "Name of" not like 'web_cache';
