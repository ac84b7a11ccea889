-- name: search
select id from docs where title like 'abcd%';
