/*
id = "pattern-too-short"
title = "LIKE pattern is too short for any index"
category = "query"
severity = "warning"
needs = ["plan_nodes"]
why = """
A trigram index finds a fragment by its runs of three characters. A pattern such as '%ab%' has none, so that each
search reads the whole table, with the index or without. An anchored pattern ('ab%') has trigrams, since a word's
beginning counts as two blanks and its end as one. It is right to ignore where the search is rare, or the table small.
"""
references = [
    "https://www.postgresql.org/docs/current/pgtrgm.html#PGTRGM-INDEX",
    "https://github.com/postgres/postgres/blob/master/contrib/pg_trgm/trgm_op.c",
]
[options]
min_rows = 10000
max_kept_share = 0.2
*/
with scanned as (
    select query, variant, schemaname, relation_name, rows_read, coalesce(total_rows, plan_rows) as rows_kept,
        unnest(regexp_extract_all(filter, '[^!]~~\*? (''(?:[^'']|'''')*'')', 1)) as pattern
    from plan_nodes
    where node_type in ('Seq Scan', 'Index Scan', 'Index Only Scan') and index_cond is null
),
short as (
    select *
    from scanned
    where rows_read >= $min_rows and rows_kept <= $max_kept_share * rows_read
        and regexp_matches(pattern, '[\pL\pN]')
        -- Three characters in a row, the beginning of a word, or two characters at the end of one.
        and not regexp_matches(pattern[2:-2], '[\pL\pN]{3}|(^|[^%_\pL\pN])[\pL\pN]|[\pL\pN]{2}($|[^%_\pL\pN])')
)
select
    'query' as object_kind, query as name, qualified(schemaname, relation_name) || ' ' || pattern as key,
    format('{} reads {} rows of {} to keep {}: {} holds no three characters in a row, which a trigram index needs',
        query, pretty_count(rows_read), relation_name, pretty_count(rows_kept), pattern) as message,
    {'table': qualified(schemaname, relation_name), 'pattern': pattern, 'rows_read': round(rows_read),
        'rows_kept': round(rows_kept)} as evidence,
    'ask for three characters or more before searching, or search for beginnings only' as remedy
from short
qualify row_number() over (partition by query, key order by rows_read desc) = 1
order by query, key
