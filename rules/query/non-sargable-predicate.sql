/*
id = "non-sargable-predicate"
title = "Condition is written so that no plain index can serve it"
category = "query"
severity = "warning"
needs = ["query_predicates", "plan_nodes"]
why = """
An index on a column serves conditions on the column itself. With a function, a cast or arithmetic around it, or a
pattern that begins with a wildcard, the server reads every row and computes. Not reported: tables of few rows, and
queries that reach the table by an index. It is right to ignore where the query needs most of the rows anyway.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-expressional.html",
    "https://www.postgresql.org/docs/current/pgtrgm.html#PGTRGM-INDEX",
]
[options]
min_rows = 10000
max_kept_share = 0.2
*/
with scanned as (
    select n.query, n.variant, coalesce(p.parent_schemaname, n.schemaname) as schemaname,
        coalesce(p.parent_tablename, n.relation_name) as tablename, sum(n.rows_read) as rows_read,
        sum(coalesce(n.total_rows, n.plan_rows)) as rows_kept
    from plan_nodes as n
    left join partitions as p on p.schemaname = n.schemaname and p.tablename = n.relation_name
    where n.filter is not null
        and (n.node_type = 'Seq Scan' or n.node_type in ('Index Scan', 'Index Only Scan') and n.index_cond is null)
    group by all
    having sum(n.rows_read) >= $min_rows and rows_kept <= $max_kept_share * sum(n.rows_read)
),
asked as (
    select p.*, s.rows_read, s.rows_kept, lower(p.expression) as low,
        p.operator in ('~~', '~~*') and p.shape = 'column' and regexp_matches(p.value, '^''[%_]') as is_fragment,
        p.operator = '~~*' and p.shape = 'column' as is_caseless,
        bare_sql(p.expression) as bare,
        regexp_extract(lower(p.expression), '^(extract\s*\(|date_part\s*\(\s*'')\s*([a-z]+)', 2) as part,
        bool_or(part = 'year') over (partition by p.query, p.schemaname, p.tablename, p.attname) as has_year
    from query_predicates as p
    join scanned as s using (query, schemaname, tablename)
    where p.clause = 'where' and p.operator in ('=', 'in', '<', '<=', '>', '>=', '~~', '~~*') and not p.is_sargable
        and p.attname is not null and (p.shape = 'expression' or p.value_kind in ('constant', 'parameter'))
        and p.shape in ('column', 'expression')
),
served as (
    select i.schemaname, i.tablename, i.indexname, k.position, k.attname, k.opcname, bare_sql(k.expression) as bare
    from index_columns as k
    join indexes as i on i.oid = k.index_oid and i.indisvalid
    where k.is_key
),
told as (
    select *, (
        select min(s.indexname) from served as s
        where asked.shape = 'expression' and s.schemaname = asked.schemaname and s.tablename = asked.tablename
            and s.attname = asked.attname and s.position = 1
    ) as looks_right, case
        when is_fragment or is_caseless
            then format('build a trigram index (extension pg_trgm): USING gin ({} gin_trgm_ops)', quote_ident(attname))
        -- A month or an hour comes again; but a month of the year beside it does not.
        when part not in ('', 'year', 'epoch') and not (has_year and part in ('quarter', 'month', 'day'))
            then format('no range of {} is the same; build an index on the expression ({}), if it is immutable',
                quote_ident(attname), expression)
        when regexp_matches(low, '^(date|date_trunc|extract|date_part|to_char)\s*\(|::\s*date$|^cast\s*\(.* as date\)')
            then format('compare the column with the ends of the span: {0} >= … AND {0} < …', quote_ident(attname))
        when regexp_matches(low, '^(lower|upper|trim|btrim|left|right|reverse|substr|substring|length|abs|md5)\s*\(')
            then format('build an index on the expression ({})', expression)
        when low like 'coalesce%'
            then format('compare {0} itself: {0} {1} {2}, with OR {0} IS NULL only where the default satisfies that too',
                quote_ident(attname), operator, coalesce(value, '…'))
        when regexp_matches(low, '::|^cast\s*\(')
            then format('compare {} in its own type: cast the value, not the column', quote_ident(attname))
        when regexp_matches(low, '[-+*/]')
            then format('move the arithmetic to the value''s side, so that {} stands alone', quote_ident(attname))
        else format('build an index on the expression ({}), if it is immutable', expression)
    end as remedy
    from asked
    where (shape = 'expression' or is_fragment or is_caseless) and not exists (
        from served as s
        where s.schemaname = asked.schemaname and s.tablename = asked.tablename
            and (s.bare = asked.bare or s.attname = asked.attname and s.opcname like '%trgm_ops')
    ) and not exists (
        from index_advice as i
        where shape = 'column' and list_contains(i.queries, asked.query) and i.tablename = asked.tablename
    )
)
select
    'query' as object_kind,
    query as name,
    qualified(schemaname, tablename) || ' ' || expression || ' ' || operator as key,
    format('{} reads {} rows of {}, since no plain index serves {} {}{}{}', query, pretty_count(rows_read), tablename,
        expression, written_operator(operator), coalesce(' ' || value, ''),
        coalesce(format('; {} is on {} itself', looks_right, quote_ident(attname)), '')) as message,
    {'table': qualified(schemaname, tablename), 'condition': expression, 'operator': operator,
        'rows_read': round(rows_read), 'rows_kept': round(rows_kept)} as evidence,
    'likely' as confidence,
    remedy
from told
qualify row_number() over (partition by query, key order by rows_read desc) = 1
order by query, key
