-- An index and, where it is that of a partitioned table, those attached to it.
select c.oid::int8, n.nspname::text, c.relname::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = %s::int8::oid
    or c.oid in (select t.relid from pg_catalog.pg_partition_tree(%s::int8::oid) t)
