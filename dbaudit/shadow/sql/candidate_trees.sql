-- Each candidate's index and, on a partitioned table, those of its partitions, with their files.
-- An index that a partition had before, and that CREATE INDEX took in as it fits (DefineIndex in
-- PostgreSQL's indexcmds.c), is not the candidate's: it is there with it and without it.
-- Parameter: the qualified names.
select root.name, i.indexrelid::bigint, i.indrelid::bigint, pg_relation_filepath(i.indexrelid)
from unnest(%s::text[]) as root (name)
cross join lateral (
    select to_regclass(root.name)::oid as oid
    union
    select relid::oid from pg_partition_tree(to_regclass(root.name))
) as tree
join pg_catalog.pg_index as i
    on i.indexrelid = tree.oid and i.indexrelid >= to_regclass(root.name)::oid
