-- expect: nothing
-- patch: update statements set calls = 1, total_exec_time = 5000 where query like 'select id from t %'
-- patch: update statements set calls = 1, total_exec_time = 90000 where query like 'create table%'
create extension pg_stat_statements;
create table t (id int);
select id from t where id > 5;
