-- expect: 42
-- patch: update statements set queryid = 42, calls = 4000, total_exec_time = 100000 where query like 'select id from t %'
create extension pg_stat_statements;
create table t (id int);
select id from t where id > 5;
