-- A relation under ACCESS EXCLUSIVE, held or waited for, is not measured: its size comes from
-- relpages, since pg_relation_size would have to wait.
with locked as materialized (
    select distinct l.relation
    from pg_catalog.pg_locks as l
    where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock'
        and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
),

relation as materialized (
    select
        c.oid,
        c.relkind,
        c.reltoastrelid,
        c.oid in (select relation from locked) as is_locked,
        c.relpages * current_setting('block_size')::bigint as last_known_bytes
    from pg_catalog.pg_class as c
    where c.relkind in ('r', 'm', 't', 'i')
),

index_size as (
    select
        i.indrelid,
        sum(case when r.is_locked then r.last_known_bytes else pg_relation_size(r.oid) end)
            as size_bytes
    from pg_catalog.pg_index as i
    join relation as r on r.oid = i.indexrelid
    where i.indrelid >= 16384
    group by i.indrelid
)

select
    c.oid::bigint,
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    c.relkind::text,
    c.relpersistence::text,
    pg_get_userbyid(c.relowner)::text as owner,
    c.relispartition as is_partition,
    e.extname::text,
    has_table_privilege(c.oid, 'SELECT') as can_select,
    c.oid in {locked_tables} as is_locked,
    c.relpages::bigint,
    -- Before 14 a table that was never analysed has 0, as an empty one that was (vac_update_relstats).
    (case when {140000? false | c.relpages = 0 and c.reltuples = 0} then -1 else c.reltuples end)::float8
        as reltuples,
    c.relallvisible::bigint,
    size.heap as heap_size_bytes,
    size.toast as toast_size_bytes,
    coalesce(x.size_bytes, 0)::bigint as indexes_size_bytes,
    (size.heap + size.toast + coalesce(x.size_bytes, 0))::bigint as total_size_bytes,
    coalesce(option.fillfactor, 100)::bigint as fillfactor,
    coalesce(option.autovacuum_enabled, true) as autovacuum_enabled,
    c.reloptions,
    c.relrowsecurity as rowsecurity,
    c.relforcerowsecurity as forcerowsecurity,
    exists (
        select from pg_catalog.pg_index as i where i.indrelid = c.oid and i.indisprimary
    ) as has_primary_key,
    c.relhassubclass and exists (
        select from pg_catalog.pg_inherits as h where h.inhparent = c.oid
    ) as has_inheritance_children,
    s.seq_scan,
    s.seq_tup_read,
    s.idx_scan,
    s.idx_tup_fetch,
    s.n_tup_ins,
    s.n_tup_upd,
    s.n_tup_del,
    s.n_tup_hot_upd,
    {160000? s.n_tup_newpage_upd | null::bigint as n_tup_newpage_upd},
    s.n_live_tup,
    s.n_dead_tup,
    s.n_mod_since_analyze,
    s.n_ins_since_vacuum,
    extract(epoch from now() - greatest(s.last_vacuum, s.last_autovacuum))::float8
        as vacuum_age_seconds,
    extract(epoch from now() - greatest(s.last_analyze, s.last_autoanalyze))::float8
        as analyze_age_seconds,
    s.autovacuum_count,
    s.autoanalyze_count,
    pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid) as heap_blks_read,
    pg_stat_get_blocks_hit(c.oid) as heap_blks_hit,
    io.idx_blks_read::bigint,
    io.idx_blks_hit::bigint,
    case when c.relfrozenxid <> '0' then
        greatest(age(c.relfrozenxid), age(nullif(t.relfrozenxid::text, '0')::xid))
    end::bigint as frozenxid_age,
    case when c.relminmxid <> '0' then
        greatest(mxid_age(c.relminmxid), mxid_age(nullif(t.relminmxid::text, '0')::xid))
    end::bigint as minmxid_age
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as t on t.oid = c.reltoastrelid
left join relation as r on r.oid = c.oid
left join relation as tr on tr.oid = c.reltoastrelid
left join index_size as x on x.indrelid = c.oid
left join index_size as tx on tx.indrelid = c.reltoastrelid
left join pg_catalog.pg_stat_all_tables as s on s.relid = c.oid
left join pg_catalog.pg_depend as d
    on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
left join pg_catalog.pg_extension as e on e.oid = d.refobjid
cross join lateral (
    select
        case when c.relkind = 'p' then 0
            when r.is_locked then r.last_known_bytes
            else coalesce(pg_relation_size(c.oid), 0) end as heap,
        case when c.reltoastrelid = 0 then 0
            when r.is_locked or tr.is_locked then tr.last_known_bytes
            else coalesce(pg_relation_size(c.reltoastrelid), 0) end
        + coalesce(tx.size_bytes, 0) as toast
) as size
cross join lateral (
    select
        max(o.option_value) filter (where o.option_name = 'fillfactor')::int as fillfactor,
        max(o.option_value) filter (where o.option_name = 'autovacuum_enabled')::boolean
            as autovacuum_enabled
    from pg_options_to_table(c.reloptions) as o
) as option
left join lateral (
    select
        sum(pg_stat_get_blocks_fetched(i.indexrelid) - pg_stat_get_blocks_hit(i.indexrelid))
            as idx_blks_read,
        sum(pg_stat_get_blocks_hit(i.indexrelid)) as idx_blks_hit
    from pg_catalog.pg_index as i
    where i.indrelid = c.oid
) as io on true
where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and {user_schema}
order by n.nspname, c.relname
