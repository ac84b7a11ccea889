/*
id = "row-misestimate"
title = "Planner is far off about the number of rows"
category = "plan"
severity = "warning"
needs = ["plan_nodes", "queries", "query_predicates", "tables", "indexes"]
why = """
The planner chooses scans, join methods and memory by how many rows it expects. Where it is wrong by a factor of ten or
more below a join or a sort, or on the choice of the scan itself, it may choose a plan that is many times slower. The
lowest node that is off is reported, where the error begins. Known only for queries that were executed (--analyze). It is
right to ignore while the query is within its budget.
"""
references = [
    "https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED",
    "https://www.postgresql.org/docs/current/sql-createstatistics.html",
]
[options]
min_factor = 10
min_rows = 1000
min_scan_share = 0.05
max_changed_share = 0.1
*/
with recursive indexed as (
    select indexname, any_value(schemaname) as owner, any_value(tablename) as tablename
    from indexes
    group by indexname having count(*) = 1
),
off as (
    -- A Bitmap Index Scan names its index only.
    select n.* replace (coalesce(n.relation_name, i.tablename) as relation_name, coalesce(n.schemaname, i.owner) as schemaname),
        if(n.is_parallel_aware, n.total_rows, n.total_rows / n.actual_loops) as came,
        if(n.is_underestimate, came / n.misestimate_factor, greatest(came, 1) * n.misestimate_factor) as expected
    from plan_nodes as n
    left join indexed as i on i.indexname = n.index_name and n.relation_name is null
    -- For a subquery in a condition the planner takes half of the rows; no statistics change that.
    where not contains(coalesce(n.filter, ''), 'SubPlan')
        and n.misestimate_factor >= $min_factor and greatest(n.total_rows, n.plan_rows * n.actual_loops) >= $min_rows
),
above as (
    select query, variant, node_id, parent_id from off union all
    select a.query, a.variant, a.node_id, n.parent_id
    from above as a
    join plan_nodes as n on n.query = a.query and n.variant = a.variant and n.node_id = a.parent_id
),
harmed as (
    select a.query, a.variant, a.node_id,
        bool_or(n.join_type is not null or n.node_type in ('Sort', 'Incremental Sort', 'Hash', 'Memoize')) as feeds
    from above as a
    join plan_nodes as n on n.query = a.query and n.variant = a.variant and n.node_id = a.parent_id
    group by all
),
origin as (
    select o.*, qualified(t.schemaname, t.tablename) as owner, t.tablename, t.analyze_age_seconds is null
            or t.n_mod_since_analyze > $max_changed_share * greatest(t.reltuples, 1) as is_stale
    from off as o
    left join harmed as h using (query, variant, node_id)
    left join tables as t on t.schemaname = o.schemaname and t.tablename = o.relation_name
    where not exists (from above as a where a.query = o.query and a.variant = o.variant and a.parent_id = o.node_id)
        and (coalesce(h.feeds, false) or if(o.is_underestimate, o.index_name is not null, o.node_type = 'Seq Scan')
            and greatest(o.came, o.expected) >= $min_scan_share * t.reltuples)
),
conditions as (
    select query, schemaname, tablename as relation_name, bool_or(shape <> 'column') as has_expression,
        list(distinct if(shape = 'column', quote_ident(attname), '(' || expression || ')') order by 1) as terms
    from query_predicates
    where clause = 'where' and attname is not null and value_kind in ('constant', 'parameter') and operator <> 'is null'
    group by all
),
told as (
    -- Of an expression ANALYZE learns nothing that it is not told to count.
    select o.*, c.terms, case when owner is null then 'unknown'
            when c.has_expression and len(c.terms) = 1 then 'correlated' when is_stale then 'stale'
            when len(c.terms) between 2 and 8 then 'correlated' end as cause,
        qualified(o.schemaname, left(o.tablename, 40) || '_' || left(md5(array_to_string(c.terms, ',')), 8) || '_stat')
            as statistics_name
    from origin as o
    left join conditions as c using (query, schemaname, relation_name)
)
select
    'query' as object_kind, query as name,
    node_type || coalesce(' ' || alias, '') as key,
    format('{}: the planner expected {} rows of {}{}, {} came ({:.0f} times {})', query, pretty_count(expected),
        node_type, coalesce(' on ' || relation_name, ''), pretty_count(came), misestimate_factor,
        if(is_underestimate, 'more', 'fewer')) as message,
    {'node': node_type, 'table': relation_name, 'plan_rows': round(expected), 'actual_rows': round(came),
        'factor': round(misestimate_factor, 1), 'condition': coalesce(filter, index_cond, recheck_cond, join_filter)}
        as evidence,
    'likely' as confidence,
    case cause
        when 'unknown' then 'see below which condition joins these rows; statistics on its columns may help'
        when 'stale' then 'bring the statistics up to date with ANALYZE'
        when 'correlated' then 'let the server count ' || array_to_string(terms, ', ') || ' with extended statistics'
        else 'raise the columns'' statistics target, or rewrite the condition'
    end as remedy,
    case cause
        when 'stale' then ['ANALYZE ' || owner]
        when 'correlated' then [format('CREATE STATISTICS IF NOT EXISTS {} ON {} FROM {}', statistics_name,
            array_to_string(terms, ', '), owner), 'ANALYZE ' || owner]
    end as remedy_sql,
    if(cause = 'correlated', ['DROP STATISTICS IF EXISTS ' || statistics_name], null) as undo_sql
from told
qualify row_number() over (partition by query, key order by misestimate_factor desc) = 1
order by query, key
