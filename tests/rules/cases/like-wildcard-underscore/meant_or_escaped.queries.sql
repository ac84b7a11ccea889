-- name: escaped
select id from collections where name like 'web\_cache\_%';
-- name: own_escape
select id from collections where name like 'web!_cache' escape '!';
-- name: any_characters
select id from collections where name like '____-__';
-- name: starts
select id from collections where starts_with(name, 'web_cache_');
-- name: parameter
select id from collections where name like :pattern;
-- name: expression
select id from collections where name like 'a%' || 'b_c';
