-- A partitioned table and everything below it, the table itself first.
select
    c.oid::int8,
    n.nspname::text as schema_name,
    c.relname::text as table_name,
    t.parentrelid::oid::int8 as parent_oid,
    c.relkind::text,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') as is_owner,
    pg_catalog.has_schema_privilege(n.oid, 'CREATE') as may_create,
    pg_catalog.pg_get_userbyid(c.relowner)::text as owner
from pg_catalog.pg_partition_tree(%s::int8::oid) t
join pg_catalog.pg_class c on c.oid = t.relid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
order by t.level, n.nspname, c.relname
