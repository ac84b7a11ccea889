-- toplevel is read through jsonb: it came with 1.9 of the extension, and an upgraded server may
-- still run an older one. So is stats_since, which came with 1.11.
select
    s.queryid,
    pg_get_userbyid(s.userid)::text as rolname,
    coalesce((to_jsonb(s) ->> 'toplevel')::boolean, true) as toplevel,
    s.query,
    s.calls,
    s.total_exec_time,
    s.mean_exec_time,
    s.min_exec_time,
    s.max_exec_time,
    s.stddev_exec_time,
    s.rows,
    s.shared_blks_hit,
    s.shared_blks_read,
    s.shared_blks_dirtied,
    s.temp_blks_read,
    s.temp_blks_written,
    s.wal_bytes::float8,
    extract(epoch from clock_timestamp() - (to_jsonb(s) ->> 'stats_since')::timestamptz)::float8
        as stats_age_seconds,
    {statements_info}
from {pg_stat_statements} as s
where s.dbid = (select oid from pg_catalog.pg_database where datname = current_database())
order by s.total_exec_time desc
limit 5000
