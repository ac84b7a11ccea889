-- expect: select * from t where a = ?
-- patch: insert into traffic_statements by name select 'f00d' as fingerprint, 'select * from t where a = ?' as query, 'select' as kind, 4000 as calls, 100000.0 as total_ms, 100000.0 / 4000 as mean_ms, 40.0 as p95_ms, 0.6 as share, 7 as queryid
select 1;
