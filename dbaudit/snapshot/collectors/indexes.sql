with locked as materialized (
    select
        l.relation,
        bool_or(l.mode = 'AccessExclusiveLock') as is_exclusive,
        bool_or(l.mode = 'ShareUpdateExclusiveLock') as is_changing
    from pg_catalog.pg_locks as l
    where l.locktype = 'relation' and l.mode in ('AccessExclusiveLock', 'ShareUpdateExclusiveLock')
        and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
    group by l.relation
),

owning as (
    select
        o.conindid,
        min(o.conname::text) filter (where o.contype in ('p', 'u', 'x')) as conname,
        bool_or(o.contype = 'f') as is_fk_target
    from pg_catalog.pg_constraint as o
    where o.conindid <> 0
    group by o.conindid
)

select
    x.oid::bigint,
    i.indrelid::bigint as table_oid,
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    x.relname::text as indexname,
    m.amname::text,
    x.relkind::text,
    h.inhparent::bigint as parent_oid,
    e.extname::text,
    pg_get_indexdef(i.indexrelid) as definition,
    array(
        select coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, k.position, true))
        from generate_series(1, i.indnkeyatts::int) as k(position)
        left join pg_catalog.pg_attribute as a
            on a.attrelid = i.indrelid and a.attnum = i.indkey[k.position - 1] and a.attnum <> 0
        order by k.position
    ) as key_columns,
    array(
        select a.attname::text
        from generate_series(i.indnkeyatts + 1, i.indnatts::int) as k(position)
        join pg_catalog.pg_attribute as a
            on a.attrelid = i.indrelid and a.attnum = i.indkey[k.position - 1]
        order by k.position
    ) as include_columns,
    pg_get_expr(i.indpred, i.indrelid) as predicate,
    i.indexprs is not null as has_expressions,
    i.indnkeyatts::bigint,
    i.indkey::text,
    i.indclass::text,
    i.indcollation::text,
    i.indoption::text,
    i.indisunique,
    i.indisprimary,
    i.indisexclusion,
    i.indimmediate,
    {150000? i.indnullsnotdistinct | false as indnullsnotdistinct},
    i.indisclustered,
    i.indisvalid,
    i.indisready,
    i.indisreplident,
    coalesce(k.is_changing and not i.indisvalid, false)
        or exists (
            select from pg_catalog.pg_stat_progress_create_index as p
            where p.relid = i.indrelid and p.datname = current_database()
        ) as is_being_built,
    o.conname,
    coalesce(o.is_fk_target, false) as is_fk_target,
    x.relpages::bigint,
    x.reltuples::float8,
    case
        when x.relkind = 'I' then 0
        when xk.is_exclusive
            then x.relpages * current_setting('block_size')::bigint
        else pg_relation_size(x.oid)
    end as size_bytes,
    coalesce(
        (
            select max(r.option_value)::bigint
            from pg_options_to_table(x.reloptions) as r
            where r.option_name = 'fillfactor'
        ),
        case m.amname when 'btree' then 90 when 'hash' then 75 when 'gist' then 90
            when 'spgist' then 80 else 100 end
    )::bigint as fillfactor,
    x.reloptions,
    pg_stat_get_numscans(x.oid) as idx_scan,
    pg_stat_get_tuples_returned(x.oid) as idx_tup_read,
    pg_stat_get_tuples_fetched(x.oid) as idx_tup_fetch,
    {160000? extract(epoch from now() - pg_stat_get_lastscan(x.oid))::float8 | null::float8}
        as last_idx_scan_age_seconds,
    pg_stat_get_blocks_fetched(x.oid) - pg_stat_get_blocks_hit(x.oid) as idx_blks_read,
    pg_stat_get_blocks_hit(x.oid) as idx_blks_hit,
    null::bigint as replica_idx_scan
from pg_catalog.pg_index as i
join pg_catalog.pg_class as x on x.oid = i.indexrelid
join pg_catalog.pg_class as c on c.oid = i.indrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_am as m on m.oid = x.relam
left join pg_catalog.pg_inherits as h on h.inhrelid = x.oid
left join owning as o on o.conindid = x.oid
left join locked as k on k.relation = c.oid
left join locked as xk on xk.relation = x.oid
left join pg_catalog.pg_depend as d
    on d.classid = 'pg_class'::regclass and d.objid = x.oid and d.deptype = 'e'
left join pg_catalog.pg_extension as e on e.oid = d.refobjid
where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and {user_schema}
    and c.oid not in {locked_tables}
order by n.nspname, c.relname, x.relname
