/*
id = "rls-function-per-row"
title = "Row-level security calls a function for every row"
category = "security"
severity = "warning"
needs = ["policies", "tables"]
why = """
A policy's condition is computed for each row that a query reads. A call that does not depend on the row, such as
current_setting('app.user') or auth.uid(), gives the same result each time; as a scalar subquery, (SELECT auth.uid()), it
is computed once. Read from the policy's text alone, so it is possible, not certain: it is right to ignore where the
function is immutable, or where an index already finds the rows.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
    "https://www.postgresql.org/docs/current/xfunc-volatility.html",
]
[options]
min_rows = 10000
*/
with candidates as (
    select p.*, t.reltuples,
        -- What stands in a subquery is computed once; pg_get_expr writes it as ( SELECT ...).
        regexp_replace(p.qual, '\( ?SELECT ([^()]|\(([^()]|\([^()]*\))*\))*\)', '', 'g') as outside,
        '\b(current_setting|[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*)\((''[^'']*''(::[a-z]+)?|true|false|, )*\)' as call
    from policies as p
    join tables as t using (schemaname, tablename)
    where t.rowsecurity and t.reltuples >= $min_rows
),
found as (
    select *, regexp_extract_all(outside, call) as calls, outside = qual as is_plain
    from candidates
    where regexp_matches(outside, call)
)
select
    'policy' as object_kind,
    schemaname as schema,
    tablename as "table",
    policyname as name,
    format('policy {} of {} ({} rows) calls {} for each row that is read', policyname, tablename,
        pretty_count(reltuples), array_to_string(list_distinct(calls), ', ')) as message,
    {'qual': qual, 'calls': list_distinct(calls), 'roles': roles, 'reltuples': reltuples} as evidence,
    'possible' as confidence,
    format('wrap it, so that it is computed once a query: (SELECT {})', calls[1]) as remedy,
    case when is_plain then format('ALTER POLICY {} ON {} USING ({})', quote_ident(policyname),
        qualified(schemaname, tablename), regexp_replace(qual, call, '(SELECT \0)', 'g')) end as remedy_sql,
    case when is_plain then format('ALTER POLICY {} ON {} USING ({})', quote_ident(policyname),
        qualified(schemaname, tablename), qual) end as undo_sql
from found
order by schemaname, tablename, policyname
