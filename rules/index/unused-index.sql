/*
id = "unused-index"
title = "Index is never used"
category = "index"
severity = "warning"
needs = ["indexes", "tables", "databases", "constraints"]
why = """
An index that no query reads still costs every insert, every update that is not HOT, vacuum, WAL, cache and disk. It is
judged only when the statistics are old enough; the server does not say when an index was built, so a young one looks
unused too. Not reported: unique indexes, those that back a constraint, a foreign key or the replica identity, those a
table is clustered on, and indexes of which any partition is used. It is right to ignore it when a monthly or yearly job
needs the index, or when a standby uses it: each server counts its own scans, and those that the configuration names as
replicas of the target are asked. Scans of open sessions are counted late. An index that was used while dbaudit apply had
it on trial, or that it had to build again, is not reported while that is remembered.
"""
references = [
    "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
    "https://wiki.postgresql.org/wiki/Index_Maintenance#Unused_Indexes",
]
[options]
min_size_bytes = 1_000_000
min_stats_age_days = 14
max_idle_days = 180
*/
with recursive family as (
    select oid as root_oid, oid from indexes where parent_oid is null
    union all
    select f.root_oid, i.oid from indexes as i join family as f on i.parent_oid = f.oid
),

used as (
    select
        f.root_oid,
        sum(i.idx_scan) as idx_scan,
        sum(i.replica_idx_scan) as replica_idx_scan,
        sum(i.size_bytes) as size_bytes,
        min(i.last_idx_scan_age_seconds) as last_idx_scan_age_seconds,
        bool_or(i.indisunique or i.indisexclusion or i.indisclustered or i.indisreplident or i.is_fk_target
            or i.conname is not null or i.is_being_built or not i.indisvalid) as is_needed
    from family as f
    join indexes as i on i.oid = f.oid
    group by f.root_oid
),

-- Indexes that find the rows of a foreign key: deletes on the other table need one, perhaps rarely.
serving as (
    select i.oid, row_number() over (partition by c.oid order by i.idx_scan desc, i.size_bytes, i.oid) as rank
    from constraints as c
    join indexes as i
        on i.schemaname = c.schemaname and i.tablename = c.tablename
        and i.indisvalid and serves_columns(i.key_columns, i.amname, i.predicate, c.columns)
    where c.contype = 'f'
),

judged as (
    select
        i.*,
        u.idx_scan as scans,
        u.replica_idx_scan as replica_scans,
        u.size_bytes as total_bytes,
        u.last_idx_scan_age_seconds as idle_seconds,
        d.stats_age_seconds,
        t.n_tup_ins + t.n_tup_upd + t.n_tup_del as writes,
        d.in_recovery or r.standbys > r.replicas as has_standbys,
        coalesce(t.seq_scan, 0) + coalesce(t.idx_scan, 0) as table_scans
    from used as u
    join indexes as i on i.oid = u.root_oid
    join tables as t on t.oid = i.table_oid
    cross join (select * from databases where is_current) as d
    cross join (
        select
            count(*) filter (kind = 'standby') as standbys,
            count(*) filter (kind = 'replica') as replicas,
            -- Each named replica has to say so too, from statistics that are old enough.
            coalesce(bool_and(
                kind <> 'replica' or (is_active and stats_age_seconds >= $min_stats_age_days * 86400)
            ), true) as can_tell
        from replication
    ) as r
    where not u.is_needed
        and i.extname is null
        and not exists (
            select 1 from family as f join serving as s on s.oid = f.oid
            where f.root_oid = u.root_oid and s.rank = 1
        )
        and not exists (
            select 1 from missed_indexes as m where m.schemaname = i.schemaname and m.indexname = i.indexname
        )
        and u.size_bytes >= $min_size_bytes
        and r.can_tell and coalesce(u.replica_idx_scan, 0) = 0
        and d.stats_age_seconds >= $min_stats_age_days * 86400
        and (u.idx_scan = 0 or u.last_idx_scan_age_seconds >= $max_idle_days * 86400)
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('{} on {} ({}) {} and costs every write{}',
        indexname, tablename, pretty_bytes(total_bytes),
        if(scans = 0,
            'was not scanned in ' || pretty_seconds(stats_age_seconds),
            'was last scanned ' || pretty_seconds(idle_seconds) || ' ago'),
        if(writes > 0, format(': {} rows written meanwhile', pretty_count(writes)), '')
    ) as message,
    {
        'idx_scan': scans, 'size_bytes': total_bytes, 'stats_age_seconds': stats_age_seconds,
        'last_idx_scan_age_seconds': idle_seconds, 'rows_written': writes, 'has_standbys': has_standbys,
        'replica_idx_scan': replica_scans
    } as evidence,
    if(has_standbys or table_scans = 0 or scans > 0, 'possible', 'likely') as confidence,
    case
        when relkind = 'I' then 'drop it; on a partitioned table that locks every partition for a moment'
        when has_standbys then 'make sure that no standby uses it, then drop it'
        else 'drop it'
    end as remedy,
    if(relkind = 'i', 'DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname), null) as remedy_sql,
    if(relkind = 'i', built_concurrently(definition), null) as undo_sql
from judged
order by schemaname, tablename, indexname
