-- expect: 42 severity=warning
-- servers: pg15 pg18
-- patch: update statements set queryid = 42, calls = 20, total_exec_time = 20000 where query like 'select id from t %'
create extension pg_stat_statements;
create table t (id int);
select id from t where id > 5;
