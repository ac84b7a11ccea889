-- Every table and view of the database: its size, and whether the tables asked for need it.
-- They need their partitions and parents, the tables under a view, and those that a row-level
-- security policy reads. Parameter: a JSON array of [schema, name].
with recursive asked as (
    select c.oid
    from jsonb_array_elements(%s::jsonb) as pair
    join pg_catalog.pg_namespace as n on n.nspname = pair ->> 0
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = pair ->> 1
),
edges as materialized (
    select inhrelid as source, inhparent as target from pg_catalog.pg_inherits
    union all
    select inhparent, inhrelid from pg_catalog.pg_inherits
    union all
    select r.ev_class, d.refobjid
    from pg_catalog.pg_rewrite as r
    join pg_catalog.pg_depend as d
        on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass
    where r.ev_type = '1'
    union all
    select p.polrelid, d.refobjid
    from pg_catalog.pg_policy as p
    join pg_catalog.pg_depend as d
        on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass
),
needed as (
    select oid from asked
    union
    select edges.target from needed join edges on edges.source = needed.oid
)
select
    n.nspname,
    c.relname,
    c.relkind::text,
    needed.oid is not null as is_needed,
    has_schema_privilege(n.oid, 'USAGE') and (
        has_table_privilege(c.oid, 'SELECT') or has_any_column_privilege(c.oid, 'SELECT')
    ) as is_readable,
    case when needed.oid is not null and c.relkind in ('r', 'm')
        then pg_relation_size(c.oid) else 0 end as size_bytes
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join needed on needed.oid = c.oid
where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
