-- expect: no_column severity=error
-- expect: no_table
-- expect: not_allowed
-- servers: pg15 pg18
create role case_reader;
create table t (id int);
-- cleanup: drop role case_reader
