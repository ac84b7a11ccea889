/*
id = "index-without-query"
title = "No registered query asks for the index"
category = "index"
severity = "info"
needs = ["indexes", "index_columns", "databases", "constraints", "queries", "query_predicates", "plan_nodes"]
why = """
None of the registered queries on the table compares, joins, sorts or groups by what the index begins with, and the server
has counted no scan of it. Its statistics are too young to call it unused, so this is a question: which query is it for?
Not reported: unique indexes, those that back a constraint or find the rows of a foreign key, and tables that no registered
query touches. It is right to ignore where the queries that need it are not registered.
"""
references = ["https://www.postgresql.org/docs/current/indexes-examine.html"]
[options]
min_size_bytes = 100_000
max_stats_age_days = 14
*/
with asked as (
    select schemaname, tablename, attname, expression, clause, query from query_predicates
    where schemaname is not null
    union all
    select schemaname, tablename, attname, expression, 'where', function_name from function_predicates
    where schemaname is not null
),
touched as (
    select schemaname, tablename, count(distinct query) as queries
    from query_predicates
    where schemaname is not null
    group by all
),
wanted as (
    select k.index_oid as oid
    from index_columns as k
    join indexes as i on i.oid = k.index_oid
    join asked as a on a.schemaname = k.schemaname and a.tablename = k.tablename and a.clause <> 'select'
        -- A B-tree is of use from its first key on, other methods by any key.
        and k.is_key and (k.position = 1 or i.amname <> 'btree')
        and (k.attname = a.attname or mentions(k.expression, a.attname) or bare_sql(k.expression) = bare_sql(a.expression))
    union
    select coalesce(i.parent_oid, i.oid)
    from plan_nodes as n
    join indexes as i on i.indexname = n.index_name
)
select
    'index' as object_kind,
    i.schemaname as schema,
    i.tablename as "table",
    i.indexname as name,
    format('{} ({}) is for no registered query: none of the {} on {} asks by {}, and no scan was counted', i.indexname,
        pretty_bytes(i.size_bytes), t.queries, i.tablename, i.key_columns[1]) as message,
    {'key_columns': i.key_columns, 'registered_queries': t.queries, 'size_bytes': i.size_bytes, 'idx_scan': i.idx_scan}
        as evidence,
    'possible' as confidence,
    'register the query that it is for; if there is none, drop it' as remedy
from indexes as i
join touched as t using (schemaname, tablename)
join databases as d on d.is_current
where i.indisvalid and not i.is_being_built and i.parent_oid is null and i.extname is null and i.relkind = 'i'
    and not (i.indisunique or i.indisexclusion or i.indisclustered or i.indisreplident or i.is_fk_target
        or i.conname is not null)
    and coalesce(i.idx_scan, 0) = 0 and i.size_bytes >= $min_size_bytes
    and d.stats_age_seconds < $max_stats_age_days * 86400
    and i.oid not in (select oid from wanted)
    and not exists (
        from constraints as f
        where f.contype = 'f' and f.schemaname = i.schemaname and f.tablename = i.tablename
            and serves_columns(i.key_columns, i.amname, i.predicate, f.columns)
    )
order by i.schemaname, i.tablename, i.indexname
