-- A concurrent build or drop waits for transactions of this database that hold a snapshot, or
-- certain locks on the table. Sessions of other roles show neither their snapshot nor the age of
-- their transaction without pg_read_all_stats.
select
    a.pid,
    coalesce(a.usename::text, 'unknown') as role,
    coalesce(nullif(a.application_name, ''), 'unnamed') as application,
    coalesce(extract(epoch from pg_catalog.clock_timestamp() - a.xact_start), 0)::float8 as seconds
from pg_catalog.pg_stat_activity a
where a.datid = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
    and a.pid <> pg_catalog.pg_backend_pid()
    and coalesce(a.backend_type, 'client backend') = 'client backend'
    and (
        a.backend_xmin is not null
        or a.backend_xid is not null
        or exists (
            select from pg_catalog.pg_locks l
            where l.pid = a.pid and l.granted and l.relation = %s::int8
                and l.database = a.datid and l.mode <> all (%s::text[])
        )
    )
    and a.xact_start < pg_catalog.clock_timestamp() - %s * interval '1 ms'
order by a.xact_start
