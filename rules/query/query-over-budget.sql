/*
id = "query-over-budget"
title = "Query is over the budget that its file sets"
category = "query"
severity = "error"
needs = ["queries", "plan_nodes"]
why = """
The team wrote down what this query may cost (max_ms, max_cost, max_rows_read, no_seq_scan), and it costs more: the
promise that the application relies on is broken. max_ms is judged only when the query was executed (--analyze). A budget
that was set on other hardware or on less data may be right to raise; then raise it in the file, where it is reviewed.
"""
references = ["https://www.postgresql.org/docs/current/using-explain.html"]
*/
with scanned as (
    select query, list(distinct relation_name order by relation_name) as tablenames
    from plan_nodes
    where node_type = 'Seq Scan'
    group by query
),
budgets as (
    select query, file, line, variant, 'max_ms' as budget, max_ms as allowed, actual_ms as used,
        format('took {:.4g} ms, allowed are {:.4g} ms', actual_ms, max_ms) as told
    from queries
    union all
    select query, file, line, variant, 'max_cost', max_cost, cost,
        format('has a cost of {:.6g}, allowed is {:.6g}', cost, max_cost)
    from queries
    union all
    select query, file, line, variant, 'max_rows_read', max_rows_read, rows_read,
        format('reads {} rows, allowed are {}', pretty_count(rows_read), pretty_count(max_rows_read))
    from queries
    union all
    select query, file, line, variant, 'no_seq_scan', 0, len(tablenames),
        format('reads {} sequentially, which its budget forbids', array_to_string(tablenames, ', '))
    from queries
    join scanned using (query)
    where no_seq_scan
)
select
    'query' as object_kind,
    query as name,
    budget as key,
    query || ' ' || told as message,
    {'budget': budget, 'allowed': allowed, 'used': used, 'variant': variant, 'file': file, 'line': line} as evidence,
    'see its plan with: dbaudit explain; make it cheaper, or set another ' || budget || ' in its file' as remedy
from budgets
where used > allowed
order by query, budget
