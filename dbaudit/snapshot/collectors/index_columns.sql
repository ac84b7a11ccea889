with served as materialized (
    select
        p.oid as opclass,
        array_agg(distinct o.oprname::text) as operators,
        coalesce(array_agg(distinct o.oprname::text) filter (where f.proleakproof), '{}')
            as leakproof_operators
    from pg_catalog.pg_opclass as p
    join pg_catalog.pg_amop as a on a.amopfamily = p.opcfamily and a.amoplefttype = p.opcintype
    join pg_catalog.pg_operator as o on o.oid = a.amopopr
    join pg_catalog.pg_proc as f on f.oid = o.oprcode
    group by p.oid
)

select
    i.indexrelid::bigint as index_oid,
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    x.relname::text as indexname,
    k.position::bigint,
    k.position <= i.indnkeyatts as is_key,
    a.attname::text,
    case when i.indkey[k.position - 1] = 0
        then pg_get_indexdef(i.indexrelid, k.position, true) end as expression,
    p.opcname::text,
    p.opcdefault as is_default_opclass,
    s.operators,
    s.leakproof_operators,
    l.collname::text as collation_name,
    case
        when i.indcollation[k.position - 1] = 100 then db.is_c
        else l.collprovider = 'b' or l.collcollate in ('C', 'POSIX')
    end as is_c_collation,
    (i.indoption[k.position - 1] & 1) = 1 as is_descending,
    (i.indoption[k.position - 1] & 2) = 2 as is_nulls_first,
    xa.attname::text as index_attname,
    xa.attlen::bigint as typlen,
    xa.attalign::text as typalign,
    m.amname = 'btree' and coalesce(l.collisdeterministic, true) and exists (
        select from pg_catalog.pg_amproc as r
        where r.amprocfamily = p.opcfamily and r.amproclefttype = p.opcintype
            and r.amprocrighttype = p.opcintype and r.amprocnum = 4
    ) as is_equal_image
from pg_catalog.pg_index as i
join pg_catalog.pg_class as x on x.oid = i.indexrelid
join pg_catalog.pg_class as c on c.oid = i.indrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
cross join lateral generate_series(1, i.indnatts::int) as k(position)
join pg_catalog.pg_am as m on m.oid = x.relam
left join pg_catalog.pg_attribute as xa
    on xa.attrelid = i.indexrelid and xa.attnum = k.position
left join pg_catalog.pg_attribute as a
    on a.attrelid = i.indrelid and a.attnum = i.indkey[k.position - 1] and a.attnum <> 0
left join pg_catalog.pg_opclass as p on p.oid = i.indclass[k.position - 1]
left join served as s on s.opclass = p.oid
left join pg_catalog.pg_collation as l on l.oid = nullif(i.indcollation[k.position - 1], 0)
cross join (
    select {150000? datlocprovider = 'b' or (datlocprovider = 'c' and datcollate in ('C', 'POSIX')) | datcollate in ('C', 'POSIX')} as is_c
    from pg_catalog.pg_database
    where datname = current_database()
) as db
where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and {user_schema}
    and c.oid not in {locked_tables}
order by n.nspname, c.relname, x.relname, k.position
