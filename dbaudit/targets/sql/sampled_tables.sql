-- Tables and those with rows of their own under each: itself, or its partitions' leaves.
-- Parameter: a JSON array of the tables' [schema, name].
select
    n.nspname,
    t.relname,
    t.relkind = 'p' as is_partitioned,
    row_security_active(t.oid) as hides_rows,
    ln.nspname,
    l.relname,
    l.oid::bigint,
    l.reltuples::float8,
    pg_relation_size(l.oid) / current_setting('block_size')::int as pages,
    (
        select coalesce(jsonb_agg(names), '[]')
        from (
            select jsonb_agg(a.attname) as names
            from pg_catalog.pg_index as i
            join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
            where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indpred is null
                and i.indexprs is null
            group by i.indexrelid
            having bool_and(a.attnotnull)
        ) as unique_indexes
    ) as unique_keys
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as n on n.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = pair ->> 1
join pg_catalog.pg_class as l
    on l.oid = t.oid
    or l.oid in (select relid from pg_catalog.pg_partition_tree(t.oid) as part where part.isleaf)
join pg_catalog.pg_namespace as ln on ln.oid = l.relnamespace
where l.relkind in ('r', 'm')
