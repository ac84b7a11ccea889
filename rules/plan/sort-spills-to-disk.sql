/*
id = "sort-spills-to-disk"
title = "Sort or hash does not fit in memory"
category = "plan"
severity = "warning"
needs = ["plan_nodes", "settings"]
why = """
A sort or hash that outgrows work_mem writes its rows to temporary files and reads them again. With more work_mem for
this one query, or with fewer rows or columns to sort, it stays in memory. Known only for queries that were executed
(--analyze). It is right to ignore in a nightly report; and work_mem for everybody is multiplied by every sort of every
session, so raise it where it is needed.
"""
references = [
    "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
    "https://www.postgresql.org/docs/current/using-explain.html#USING-EXPLAIN-ANALYZE",
]
[options]
min_spill_bytes = 1000000
max_work_mem_bytes = 1073741824
*/
with spilled as (
    select n.query, n.variant, n.node_type, n.relation_name, n.spill_bytes, n.hash_batches, n.sort_method, n.sort_key,
        n.plan_width, s.setting_bytes as work_mem,
        -- On disk a row is packed; in memory it also has a pointer, a header and padding: about three times as much.
        pow(2, ceil(log2(greatest(3 * n.spill_bytes, 2 * s.setting_bytes)))) as needed
    from plan_nodes as n
    join settings as s on s.name = 'work_mem'
    where n.spill_bytes >= $min_spill_bytes and n.join_type is null
)
select
    'query' as object_kind,
    query as name,
    node_type || coalesce(' ' || array_to_string(sort_key, ', '), '') as key,
    format('{}: {} of {} does not fit in work_mem and writes {} to disk', query,
        coalesce(sort_method || ' ' || lower(node_type), lower(node_type) || coalesce(format(' in {} batches', hash_batches), '')),
        coalesce(array_to_string(sort_key, ', '), 'its rows'),
        pretty_bytes(spill_bytes)) as message,
    {'node': node_type, 'spill_bytes': spill_bytes, 'hash_batches': hash_batches, 'work_mem_bytes': work_mem,
        'row_width': plan_width} as evidence,
    case
        when needed <= $max_work_mem_bytes
            then format('for this query: SET LOCAL work_mem = ''{:.0f}MB'', or an index that gives the rows in order, '
                'or fewer rows and columns', needed / 1048576)
        else 'sort fewer rows or columns (LIMIT, aggregate first), or read them in the order of an index'
    end as remedy
from spilled
qualify row_number() over (partition by query, key order by spill_bytes desc) = 1
order by query, key
