-- name: search
select id from docs where title ilike '%abcd%';
