-- expect: nothing
-- patch: insert into traffic_statements by name select 'f00d' as fingerprint, 'select * from t where a = ?' as query, 'select' as kind, 5 as calls, 4000.0 as total_ms, 4000.0 / 5 as mean_ms, 900.0 as p95_ms, 0.9 as share, null as queryid
-- patch: insert into traffic_statements by name select 'f00d' as fingerprint, 'select * from t where b = ?' as query, 'select' as kind, 100000 as calls, 50000.0 as total_ms, 50000.0 / 100000 as mean_ms, 0.7 as p95_ms, 0.9 as share, null as queryid
-- patch: insert into traffic_statements by name select 'f00d' as fingerprint, 'vacuum t' as query, 'other' as kind, 10 as calls, 50000.0 as total_ms, 50000.0 / 10 as mean_ms, 5000.0 as p95_ms, 0.2 as share, null as queryid
-- patch: insert into traffic_statements by name select 'f00d' as fingerprint, 'select * from t where c = ?' as query, 'select' as kind, 100 as calls, 90000.0 as total_ms, 90000.0 / 100 as mean_ms, 900.0 as p95_ms, 0.2 as share, 42 as queryid
-- patch: insert into statements by name select 42 as queryid, 100 as calls, 900.0 as mean_exec_time, 90000.0 as total_exec_time
create extension pg_stat_statements;
