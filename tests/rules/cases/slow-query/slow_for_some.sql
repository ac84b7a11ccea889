-- expect: select * from t where a = ? key=f00d severity=warning
-- patch: insert into traffic_statements by name select 'f00d' as fingerprint, 'select * from t where a = ?' as query, 'select' as kind, 1000 as calls, 60000.0 as total_ms, 60000.0 / 1000 as mean_ms, 700.0 as p95_ms, 0.1 as share, null as queryid
select 1;
