-- The tables with rows of their own under a table: itself, or its partitions' leaves.
select c.oid::bigint, n.nspname, c.relname, c.reltuples
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'm')
    and c.oid in (
        select to_regclass(%s)::oid
        union
        select relid::oid from pg_partition_tree(to_regclass(%s))
    )
