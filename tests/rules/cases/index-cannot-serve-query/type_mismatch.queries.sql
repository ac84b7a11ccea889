-- name: by_number
-- param: number numeric = 7
select id from docs where number = :number;
-- name: by_code
-- param: code text = c7
select id from docs where code = :code;
