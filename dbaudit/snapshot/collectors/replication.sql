with here as materialized (
    select case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
        else pg_current_wal_lsn() end as lsn
)

select
    'standby' as kind,
    r.application_name as name,
    r.state,
    true as is_active,
    null::text as slot_type,
    pg_wal_lsn_diff(here.lsn, r.replay_lsn)::float8 as replay_lag_bytes,
    extract(epoch from r.replay_lag)::float8 as replay_lag_seconds,
    age(r.backend_xmin)::bigint as xmin_age,
    null::float8 as stats_age_seconds
from pg_catalog.pg_stat_replication as r
cross join here
union all
select
    'slot' as kind,
    s.slot_name::text as name,
    s.wal_status as state,
    s.active as is_active,
    s.slot_type,
    pg_wal_lsn_diff(here.lsn, s.restart_lsn)::float8 as replay_lag_bytes,
    null::float8 as replay_lag_seconds,
    greatest(age(s.xmin), age(s.catalog_xmin))::bigint as xmin_age,
    null::float8 as stats_age_seconds
from pg_catalog.pg_replication_slots as s
cross join here
order by kind, name
