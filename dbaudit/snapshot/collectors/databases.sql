-- Sizes of other databases are left out: pg_database_size reads every file's length.
select
    d.datname::text,
    d.datname = current_database() as is_current,
    pg_encoding_to_char(d.encoding)::text as encoding,
    d.datcollate::text,
    d.datistemplate,
    d.datallowconn,
    case
        when d.datname = current_database() then pg_database_size(d.oid)
    end as size_bytes,
    age(d.datfrozenxid)::bigint as frozenxid_age,
    mxid_age(d.datminmxid)::bigint as minmxid_age,
    s.numbackends::bigint,
    s.xact_commit,
    s.xact_rollback,
    s.blks_read,
    s.blks_hit,
    s.temp_files,
    s.temp_bytes,
    s.deadlocks,
    extract(epoch from now() - coalesce(s.stats_reset, pg_postmaster_start_time()))::float8
        as stats_age_seconds,
    current_setting('server_version_num')::bigint as server_version_num,
    pg_is_in_recovery() as in_recovery,
    extract(epoch from now() - pg_postmaster_start_time())::float8 as uptime_seconds,
    current_setting('block_size')::bigint as block_size_bytes
from pg_catalog.pg_database as d
left join pg_catalog.pg_stat_database as s on s.datid = d.oid
order by d.datname
