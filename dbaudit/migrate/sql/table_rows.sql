-- The rows of a table or of all its partitions, as the planner last counted them.
select coalesce(sum(greatest(c.reltuples, 0)), 0)::int8
from pg_catalog.pg_class c
where c.relkind <> 'p'
    and (
        c.oid = %s::int8::oid
        or c.oid in (select t.relid from pg_catalog.pg_partition_tree(%s::int8::oid) t)
    )
