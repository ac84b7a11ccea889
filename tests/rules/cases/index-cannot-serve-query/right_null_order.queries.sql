-- name: top
select id from docs order by rating desc nulls last limit 10;
-- name: bottom
select id from docs order by rating nulls first limit 10;
-- name: scores
select id from docs order by score desc nulls last;
