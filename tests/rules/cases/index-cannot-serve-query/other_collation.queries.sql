-- name: by_title
select id from docs where title collate "C" = 'abc';
