-- Standbys that are far behind: by bytes of WAL not yet replayed, or by time.
select
    coalesce(nullif(r.application_name, ''), 'unnamed') as name,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.replay_lsn)::int8 as lag_bytes,
    coalesce(extract(epoch from r.replay_lag), 0)::float8 as lag_seconds
from pg_catalog.pg_stat_replication r
where r.replay_lsn is not null
    and (
        pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.replay_lsn) > %s
        or r.replay_lag > %s * interval '1 second'
    )
order by lag_bytes desc
