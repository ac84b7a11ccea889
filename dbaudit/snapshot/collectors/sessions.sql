select
    a.pid::bigint,
    a.datname::text,
    a.usename::text,
    a.application_name,
    a.client_addr::text,
    a.backend_type,
    a.state,
    a.wait_event_type,
    a.wait_event,
    extract(epoch from clock_timestamp() - a.backend_start)::float8 as session_age_seconds,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as xact_age_seconds,
    extract(epoch from clock_timestamp() - a.query_start)::float8 as query_age_seconds,
    extract(epoch from clock_timestamp() - a.state_change)::float8 as state_age_seconds,
    age(a.backend_xmin)::bigint as backend_xmin_age,
    case when a.wait_event_type = 'Lock' then pg_blocking_pids(a.pid)::bigint[]
        else array[]::bigint[] end as blocked_by,
    left(a.query, 1000) as query
from pg_catalog.pg_stat_activity as a
where a.pid <> pg_backend_pid()
    and (a.backend_type is null or a.backend_type in ('client backend', 'walsender',
        'autovacuum worker', 'parallel worker', 'logical replication worker'))
order by a.xact_start nulls last, a.pid
