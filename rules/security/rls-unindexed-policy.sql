/*
id = "rls-unindexed-policy"
title = "Row-level security compares a column that no index leads with"
category = "security"
severity = "warning"
needs = ["policies", "tables", "indexes", "index_columns", "columns", "column_stats"]
why = """
The server adds a policy's condition to every query of the roles it applies to. Where no index leads with the column that
it compares, each of those queries reads the whole table. Not reported: small tables, and columns of so few values that
an index would not help; an index that dbaudit apply built and took back, while that is remembered, or that the advisor
leaves out. It is right to ignore where every query also asks by another indexed column.
"""
references = ["https://www.postgresql.org/docs/current/ddl-rowsecurity.html"]
[options]
min_rows = 10000
min_distinct = 10
*/
with compared as (
    select p.*, t.reltuples, unnest(p.attnames) as attname
    from policies as p
    join tables as t using (schemaname, tablename)
    where t.rowsecurity and p.qual is not null and t.reltuples >= $min_rows
),
equal as (
    select c.*, s.n_distinct, regexp_escape(quote_ident(c.attname)) as word,
        -- pg_get_expr casts a varchar for text's operators; of any other type a cast keeps the index from use.
        if(d.typname = 'varchar', '(\)::text)?', '') as relabel
    from compared as c
    join columns as d using (schemaname, tablename, attname)
    left join column_stats as s
        on s.schemaname = c.schemaname and s.tablename = c.tablename and s.attname = c.attname and not s.inherited
    where regexp_matches(c.qual, '(^|[^[:alnum:]_".])' || word || relabel || ' = ')
        or regexp_matches(c.qual, ' = \(*' || word || '($|[^[:alnum:]_".(:)]|\)($|[^:])' || if(relabel = '', '', '|\)::text') || ')')
),
led as (
    select i.schemaname, i.tablename, k.attname
    from indexes as i
    join index_columns as k on k.index_oid = i.oid and k.position = 1
    where i.indisvalid and i.predicate is null and k.attname is not null
),
unserved as (
    select e.*, new_index_name(e.tablename, [e.attname]) as indexname
    from equal as e
    where coalesce(e.n_distinct < 0 or e.n_distinct >= $min_distinct, true) and not exists (
        from led as l
        where l.schemaname = e.schemaname and l.tablename = e.tablename and list_contains(e.attnames, l.attname)
    ) and not exists (
        from (
            select schemaname, tablename, key_columns from taken_back_indexes
            union all
            select schemaname, tablename, key_columns from refused_indexes where gains
        ) as b
        where b.schemaname = e.schemaname and b.tablename = e.tablename and b.key_columns[1] = e.attname
    )
)
select
    'policy' as object_kind,
    schemaname as schema,
    tablename as "table",
    policyname as name,
    attname as key,
    format('policy {} of {} ({} rows) compares {}, which no index leads with: {}', policyname, tablename,
        pretty_count(reltuples), attname, qual) as message,
    {'column': attname, 'qual': qual, 'roles': roles, 'reltuples': reltuples} as evidence,
    'likely' as confidence,
    format('build an index that begins with {}', attname) as remedy,
    format('CREATE INDEX CONCURRENTLY {} ON {} ({})', quote_ident(indexname), qualified(schemaname, tablename),
        quote_ident(attname)) as remedy_sql,
    'DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname) as undo_sql
from unserved
order by schemaname, tablename, policyname, attname
