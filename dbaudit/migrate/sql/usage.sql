-- How often an index was scanned, and what changes when the counters begin anew: pg_stat_archiver
-- is reset with all others when a crash loses the statistics (pgstat_reset_after_failure in
-- src/backend/utils/activity/pgstat.c), and a server that was promoted writes another timeline.
select
    c.oid::int8,
    s.idx_scan::int8,
    to_char(
        (to_jsonb(s) ->> 'last_idx_scan')::timestamptz at time zone 'utc',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"'
    ) as last_idx_scan,  -- PostgreSQL 16 and newer
    concat_ws(' ', extract(epoch from d.stats_reset), extract(epoch from a.stats_reset))
        as counted_since,
    case
        when not pg_catalog.pg_is_in_recovery()
            then left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)
    end as timeline
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_stat_all_indexes s on s.indexrelid = c.oid
cross join pg_catalog.pg_stat_archiver a
cross join (
    select stats_reset from pg_catalog.pg_stat_database where datname = current_database()
) d
where n.nspname = %s and c.relname = %s
