-- name: top
select id from docs order by rating desc nulls last limit 10;
