-- name: matched
select lefts.id, rights.id from lefts join rights on x = y order by x, rights.id;
