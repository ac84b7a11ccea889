-- name: by_number
-- param: number bigint = 7
select id from docs where number = :number;
-- name: by_code
-- param: code char = c7
select id from docs where code = :code;
-- name: by_name
-- param: name text = n7
select id from docs where name = :name;
-- name: most_of_them
-- param: name text = a
select id from docs where name > :name;
-- name: by_day
select id from docs where day = timestamp '2026-02-01';
