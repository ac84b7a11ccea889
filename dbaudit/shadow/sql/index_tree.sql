-- An index and, on a partitioned table, those of its partitions. Parameters: its name, twice.
select i.indexrelid::bigint, i.indrelid::bigint, c.relkind = 'i' as has_file
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
where i.indexrelid in (
    select to_regclass(%s)::oid
    union
    select relid::oid from pg_partition_tree(to_regclass(%s))
)
