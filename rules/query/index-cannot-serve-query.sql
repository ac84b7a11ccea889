/*
id = "index-cannot-serve-query"
title = "Index looks right for a query and cannot serve it"
category = "query"
severity = "warning"
needs = ["indexes", "index_columns", "plan_nodes", "query_predicates"]
why = """
An index serves only the operators of its operator class, on exactly the expression it was built on. An index that just
misses the query takes space and slows every write while the query goes on reading the whole table. Where other registered
queries use the index, it is the query that should be written as the index wants it. It is right to ignore an index that
queries use which are not registered.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-opclass.html",
    "https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING",
    "https://www.postgresql.org/docs/current/indexes-partial.html",
    "https://www.postgresql.org/docs/current/indexes-ordering.html",
]
[options]
min_rows = 5000
*/
with misfits as (
    select i.*, m.query, m.reason, m.condition, m.problem, m.remedy,
        (select list(distinct u.query order by u.query) from index_uses() as u where u.oid = i.oid) as used_by
    from index_misfits($min_rows) as m
    join indexes as i on i.oid = m.oid
    -- That another query names another column first is no fault of an index that serves its own.
    where m.reason <> 'leading column' or used_by is null
),
told as (
    select *, used_by is not null as is_used,
        row_number() over (partition by oid, reason order by query, condition) as rank,
        list(distinct query) over (partition by oid, reason) as queries,
        list(distinct condition) over (partition by oid, reason) as conditions
    from misfits
)
select
    'index' as object_kind, schemaname as schema, tablename as "table", indexname as name, reason as key,
    format('{} ({}) {}cannot serve {}: {}', indexname, pretty_bytes(size_bytes),
        if(is_used, 'serves ' || array_to_string(used_by[1:2], ', ') || if(len(used_by) > 2, ' and others', '')
            || ' and ', ''),
        array_to_string(list_sort(queries)[1:3], ', ') || if(len(queries) > 3, ' and others', ''), problem) as message,
    {'queries': list_sort(queries), 'conditions': list_sort(conditions), 'used_by': coalesce(used_by, []),
        'size_bytes': size_bytes, 'definition': definition} as evidence,
    case when reason = 'leading column' then 'possible' when reason in ('expression', 'predicate') then 'likely'
        else 'certain' end as confidence,
    remedy
from told
where rank = 1
order by schemaname, tablename, indexname, reason
