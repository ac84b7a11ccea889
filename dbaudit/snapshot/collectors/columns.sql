select
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    a.attname::text,
    a.attnum::bigint,
    format_type(a.atttypid, a.atttypmod) as type,
    coalesce(bt.typname, t.typname)::text as typname,
    a.attlen::bigint as typlen,
    a.attalign::text as typalign,
    a.attnotnull as not_null,
    pg_get_expr(d.adbin, d.adrelid) as default_expression,
    a.attidentity <> '' as is_identity,
    a.attgenerated <> '' as is_generated,
    case when a.attcollation <> t.typcollation then l.collname::text end as collation_name,
    case
        when a.attcollation = 0 then null
        when a.attcollation = 100 then db.is_c
        else l.collprovider = 'b' or l.collcollate in ('C', 'POSIX')
    end as is_c_collation,
    l.collisdeterministic as is_deterministic,
    a.attstorage::text
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_type as t on t.oid = a.atttypid
left join pg_catalog.pg_type as bt on bt.oid = t.typbasetype
left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_catalog.pg_collation as l on l.oid = a.attcollation
cross join (
    select {150000? datlocprovider = 'b' or (datlocprovider = 'c' and datcollate in ('C', 'POSIX')) | datcollate in ('C', 'POSIX')} as is_c
    from pg_catalog.pg_database
    where datname = current_database()
) as db
where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and a.attnum > 0
    and not a.attisdropped and {user_schema} and c.oid not in {locked_tables}
order by n.nspname, c.relname, a.attnum
