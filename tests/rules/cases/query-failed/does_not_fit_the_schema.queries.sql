-- name: no_column
select absent from t;
-- name: no_table
select 1 from "Absent ""x"" t";
-- name: not_allowed
-- role: case_reader
select id from t;
-- name: good
select id from t;
