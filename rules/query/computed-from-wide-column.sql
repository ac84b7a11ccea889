/*
id = "computed-from-wide-column"
title = "Aggregate reads a wide column to compute something small from it"
category = "query"
severity = "info"
needs = ["queries", "plan_nodes", "columns", "column_stats", "partitions"]
why = """
avg(length(content)) reads every content, long as it is, for a number of four bytes. No index on the table's own columns
spares it that; a generated column holds the number, and an index that includes the column answers the query without the
table. It must be STORED: a VIRTUAL one, the default of PostgreSQL 18, cannot be indexed. Adding it rewrites the table
under ACCESS EXCLUSIVE. It is right to ignore where the query is rare; few rows are not reported.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-generated-columns.html",
    "https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
]
[options]
min_rows = 1000
min_width = 100
*/
with calls as (
    select q.query, unnest(list_distinct(regexp_extract_all(q.sql,
        '\b(?:avg|sum|min|max)\s*\(\s*((?:length|char_length|octet_length|md5|upper|lower)\s*\(\s*(?:\w+\.)?\w+\s*\))', 1, 'i'
    ))) as call
    from queries as q
    where q.kind = 'select'
),
named as (
    select distinct query, regexp_extract(call, '(\w+)\s*\)$', 1) as attname,
        lower(regexp_extract(call, '^(\w+)', 1)) as function
    from calls
),
read as (
    select n.query, coalesce(p.parent_schemaname, n.schemaname) as schemaname,
        coalesce(p.parent_tablename, n.relation_name) as tablename, n.schemaname as leaf_schemaname,
        n.relation_name as leaf, max(n.rows_read) as rows
    from plan_nodes as n
    left join partitions as p on p.schemaname = n.schemaname and p.tablename = n.relation_name
    where n.relation_name is not null and n.node_type <> 'Index Only Scan'
    group by all
),
wide as (
    select r.query, r.schemaname, r.tablename, a.attname, a.function, format('{}({})', a.function, a.attname) as call,
        sum(r.rows) as rows, max(s.avg_width) as width
    from read as r
    join named as a using (query)
    join column_stats as s on s.schemaname = r.leaf_schemaname and s.tablename = r.leaf and s.attname = a.attname
    where not s.inherited and s.avg_width >= $min_width
    group by all
    having sum(r.rows) >= $min_rows
)
select
    'query' as object_kind,
    query as name,
    qualified(schemaname, tablename) || '.' || quote_ident(attname) as key,
    format('{} reads {} values of {}, {} bytes each in the mean, only to compute {}', query, pretty_count(rows), attname,
        width, call) as message,
    {'column': attname, 'expression': call, 'rows_read': rows, 'avg_width': width} as evidence,
    'likely' as confidence,
    format('keep it in a column: ALTER TABLE {} ADD COLUMN {} … GENERATED ALWAYS AS ({}) STORED (not VIRTUAL, which cannot '
        'be indexed; it rewrites the table under ACCESS EXCLUSIVE), use that column in the query, and INCLUDE it in the '
        'index on the query''s conditions', qualified(schemaname, tablename), quote_ident(attname || '_' || function),
        call) as remedy
from wide
order by query, key
