/*
id = "index-without-query"
title = "No registered query uses the index"
category = "index"
severity = "info"
needs = ["indexes", "index_columns", "databases", "constraints", "queries", "query_predicates", "plan_nodes"]
why = """
None of the registered queries on the table compares, joins, sorts or groups by what the index begins with, or each that
does is served by another index; and the server has counted no scan of it. Its statistics are too young to call it unused,
so this is a question: which query is it for? Not reported: unique indexes, those that back a constraint or find the rows
of a foreign key, the beginning of another index (redundant-index tells that), and tables that no registered query
touches. It is right to ignore where the queries that need it are not registered.
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
used as (
    select n.query, i.oid, coalesce(i.parent_oid, i.oid) as root_oid, i.schemaname, i.tablename, i.indexname
    from plan_nodes as n
    join indexes as i on i.indexname = n.index_name
),
-- Who reaches a table by its indexes alone, and by which.
served as (
    select query, schemaname, tablename, list(distinct indexname order by indexname) as by_indexes
    from used as u
    where not exists (
        from plan_nodes as n
        where n.query = u.query and n.schemaname = u.schemaname and n.relation_name = u.tablename
            and n.node_type = 'Seq Scan'
    )
    group by all
),
asking as (
    select k.index_oid as oid, a.query, s.by_indexes
    from index_columns as k
    join indexes as i on i.oid = k.index_oid
    join asked as a on a.schemaname = k.schemaname and a.tablename = k.tablename and a.clause <> 'select'
        -- A B-tree is of use from its first key on, other methods by any key.
        and k.is_key and (k.position = 1 or i.amname <> 'btree')
        and (k.attname = a.attname or mentions(k.expression, a.attname) or bare_sql(k.expression) = bare_sql(a.expression))
    left join served as s on s.query = a.query and s.schemaname = a.schemaname and s.tablename = a.tablename
        and (k.attname = a.attname or bare_sql(k.expression) = bare_sql(a.expression))
),
answered as (
    select oid, list(distinct query order by query) as queries,
        array_to_string(list_sort(list_distinct(flatten(list(by_indexes)))), ', ') as by_indexes
    from asking
    group by oid
    having count(*) = count(by_indexes)
)
select
    'index' as object_kind,
    i.schemaname as schema,
    i.tablename as "table",
    i.indexname as name,
    case
        when a.queries is null
            then format('{} ({}) is for no registered query: none of the {} on {} asks by {}, and no scan was counted',
                i.indexname, pretty_bytes(i.size_bytes), t.queries, i.tablename, i.key_columns[1])
        else format('{} ({}) is used by no registered query: {} {} served by {}, and no scan was counted', i.indexname,
            pretty_bytes(i.size_bytes), array_to_string(a.queries[1:3], ', ')
                || if(len(a.queries) > 3, ' and others', ''), if(len(a.queries) = 1, 'is', 'are'), a.by_indexes)
    end as message,
    {'key_columns': i.key_columns, 'registered_queries': t.queries, 'size_bytes': i.size_bytes, 'idx_scan': i.idx_scan}
        as evidence,
    'possible' as confidence,
    'register the query that it is for; if there is none, drop it' as remedy
from indexes as i
join touched as t using (schemaname, tablename)
join databases as d on d.is_current
left join answered as a on a.oid = i.oid
where i.indisvalid and not i.is_being_built and i.parent_oid is null and i.extname is null and i.relkind = 'i'
    and not (i.indisunique or i.indisexclusion or i.indisclustered or i.indisreplident or i.is_fk_target
        or i.conname is not null)
    and coalesce(i.idx_scan, 0) = 0 and coalesce(i.replica_idx_scan, 0) = 0 and i.size_bytes >= $min_size_bytes
    and d.stats_age_seconds < $max_stats_age_days * 86400
    and i.oid not in (select root_oid from used)
    and (a.oid is not null or i.oid not in (select oid from asking))
    and not exists (
        from indexes as o
        where o.table_oid = i.table_oid and o.oid <> i.oid and o.amname = 'btree' and i.amname = 'btree' and o.indisvalid
            and o.key_columns[1:i.indnkeyatts] = i.key_columns and o.predicate is not distinct from i.predicate
    )
    and not exists (
        from constraints as f
        where f.contype = 'f' and f.schemaname = i.schemaname and f.tablename = i.tablename
            and serves_columns(i.key_columns, i.amname, i.predicate, f.columns)
    )
order by i.schemaname, i.tablename, i.indexname
