select
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    pn.nspname::text as parent_schemaname,
    p.relname::text as parent_tablename,
    case t.partstrat when 'l' then 'list' when 'r' then 'range' when 'h' then 'hash' end
        as strategy,
    case when p.oid not in {locked_tables} then pg_get_partkeydef(p.oid) end as partition_key,
    case when c.oid not in {locked_tables} then pg_get_expr(c.relpartbound, c.oid) end as bound
from pg_catalog.pg_inherits as h
join pg_catalog.pg_class as c on c.oid = h.inhrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_class as p on p.oid = h.inhparent
join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
join pg_catalog.pg_partitioned_table as t on t.partrelid = p.oid
where c.relispartition and c.relkind in ('r', 'p', 'f') and {user_schema}
order by n.nspname, c.relname
