/*
id = "not-in-subquery"
title = "NOT IN with a subquery"
category = "query"
severity = "info"
needs = ["queries", "plan_nodes"]
why = """
NOT IN (SELECT ...) cannot become an anti-join: one null among the subquery's rows makes the condition true for no row at
all. So the server keeps the subquery's result in a hash table, and where that does not fit in work_mem it reads it again
for every row. NOT EXISTS has neither trouble. It is right to ignore for a short list that is never null.
"""
references = ["https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_NOT_IN"]
[options]
min_rows = 1000
*/
with computed as (
    select query, variant, filter, relation_name, rows_read, contains(filter, 'hashed SubPlan') as is_hashed
    from plan_nodes
    where contains(filter, 'SubPlan') and rows_read >= $min_rows
)
select
    'query' as object_kind,
    q.query as name,
    first(c.relation_name order by c.rows_read desc) as key,
    format('{} has NOT IN (SELECT …): for each of {} rows of {} {}, and a single null in it would leave no row at all',
        q.query, pretty_count(max(c.rows_read)), first(c.relation_name order by c.rows_read desc),
        if(bool_and(c.is_hashed), 'its result is looked through as a hash table', 'the subquery''s result is read again'))
        as message,
    {'filter': first(c.filter order by c.rows_read desc), 'rows_read': max(c.rows_read),
        'is_hashed': bool_and(c.is_hashed)} as evidence,
    if(bool_and(c.is_hashed), 'info', 'warning') as severity,
    'certain' as confidence,
    'write NOT EXISTS (SELECT FROM … WHERE …), which the server can make an anti-join' as remedy
from queries as q
join computed as c using (query, variant)
where regexp_matches(q.sql, '(?i)\bnot\s+in\s*\(\s*select\b')
group by q.query
order by q.query
