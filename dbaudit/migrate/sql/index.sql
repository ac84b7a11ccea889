select
    c.oid::int8,
    c.relkind::text,
    tn.nspname::text as table_schema,
    t.relname::text as table_name,
    coalesce(i.indisvalid and i.indisready and i.indislive, false) as is_valid,
    coalesce(i.indisunique, false) as is_unique,
    coalesce(i.indisreplident, false) as is_replica_identity,
    coalesce(i.indisclustered, false) as is_clustered,
    coalesce(i.indexprs is not null, false) as has_expressions,
    exists (
        select from pg_catalog.pg_constraint k where k.conindid = c.oid
    ) as backs_constraint,
    c.relispartition as is_partition,
    case when i.indexrelid is not null then pg_catalog.pg_get_indexdef(c.oid) end as definition,
    case when c.relkind = 'I' then (
        select coalesce(sum(pg_catalog.pg_relation_size(m.relid)), 0)::int8
        from pg_catalog.pg_partition_tree(c.oid) m
    ) else pg_catalog.pg_relation_size(c.oid) end as size_bytes,
    s.spcname::text as tablespace,
    pg_catalog.obj_description(c.oid, 'pg_class') as comment,
    i.indrelid::int8 as table_oid,
    array(
        select a.attnum::int4 from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attstattarget >= 0 order by a.attnum
    ) as statistics_columns,
    array(
        select a.attstattarget::int4 from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attstattarget >= 0 order by a.attnum
    ) as statistics_targets,
    array(
        select e.extname::text from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = d.refobjid
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'x'
        order by e.extname
    ) as extensions
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_index i on i.indexrelid = c.oid
left join pg_catalog.pg_class t on t.oid = i.indrelid
left join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace
where n.nspname = %s and c.relname = %s
