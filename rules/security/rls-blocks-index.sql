/*
id = "rls-blocks-index"
title = "Row-level security keeps a query from an index"
category = "security"
severity = "warning"
needs = ["policies", "tables", "roles", "queries", "plan_nodes", "query_predicates", "index_columns"]
why = """
A policy's condition must be computed before anything that could tell of a row it hides. So under a policy an index serves
only operators whose function is marked LEAKPROOF: equality and order of the common types are, those for arrays, jsonb,
full text and patterns are not. A superuser's plan does not show it; register the query with the role that runs it.
Wrapping the policy's function in (SELECT ...) makes it cheaper and does not give the index back. It is right to ignore
where the policy must look at each row.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
    "https://www.postgresql.org/docs/current/rules-privileges.html",
]
[options]
min_rows = 10000
max_selectivity = 0.1
*/
with subject as (
    -- Queries that row-level security applies to: by the role that runs them.
    select q.query, r.rolname
    from queries as q
    join roles as r on r.rolname = q.role or q.role is null and r.is_current
    where not r.rolsuper and not r.rolbypassrls
),
read_whole as (
    select s.query, s.rolname, t.schemaname, t.tablename, t.reltuples
    from subject as s
    join plan_nodes as n using (query)
    join tables as t on t.schemaname = n.schemaname and t.tablename = n.relation_name
    where n.node_type = 'Seq Scan' and t.rowsecurity and (t.forcerowsecurity or t.owner <> s.rolname)
        and t.reltuples >= $min_rows
    group by all
),
guarded as (
    select w.*, list(distinct p.policyname order by p.policyname) as policies,
        list(distinct p.qual order by p.qual) as quals
    from read_whole as w
    join policies as p using (schemaname, tablename)
    where p.cmd in ('SELECT', 'ALL') and list_has_any(p.roles, ['public', w.rolname])
        and coalesce(p.qual, 'true') <> 'true'
    group by all
),
asked as (
    select g.*, p.attname, p.operator, p.expression, p.selectivity, p.is_sargable
    from guarded as g
    join query_predicates as p using (query, schemaname, tablename)
    where p.clause = 'where' and coalesce(p.selectivity <= $max_selectivity, true)
),
blocked as (
    select a.*, k.indexname, true as exists_now
    from asked as a
    join index_columns as k on k.schemaname = a.schemaname and k.tablename = a.tablename and k.is_key
        and (k.attname = a.attname or bare_sql(k.expression) = bare_sql(a.expression))
    where list_contains(k.operators, a.operator) and not list_contains(k.leakproof_operators, a.operator)
    union all
    -- The operators of a proposed index are not known; of these methods few are leakproof.
    select a.*, i.indexname, false
    from asked as a
    join index_advice as i on i.schemaname = a.schemaname and i.tablename = a.tablename and mentions(i.ddl, a.attname)
    where i.amname in ('gin', 'gist') and a.is_sargable and not list_contains(i.queries, a.query)
)
select
    'query' as object_kind,
    query as name,
    indexname as key,
    format('{} as {} reads all {} rows of {}: {} {} serve {} on {}, which is not leakproof and so comes after the {} {}: {}',
        query, rolname, pretty_count(reltuples), tablename, indexname, if(exists_now, 'cannot', 'would not'), operator,
        coalesce(attname, expression), if(len(policies) = 1, 'policy', 'policies'), array_to_string(policies, ', '),
        array_to_string(quals, ' OR ')) as message,
    {'role': rolname, 'policies': policies, 'quals': quals, 'operator': operator, 'index': indexname,
        'selectivity': selectivity} as evidence,
    if(exists_now and selectivity is not null, 'likely', 'possible') as confidence,
    format('where the condition only asks who runs the query, say so by role: CREATE POLICY … ON {} TO {} USING (true); '
        'else ask through a function that is SECURITY DEFINER', qualified(schemaname, tablename),
        quote_ident(rolname)) as remedy
from blocked
order by query, indexname
