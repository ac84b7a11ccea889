/*
id = "like-wildcard-underscore"
title = "LIKE pattern takes a name's underscore for a wildcard"
category = "query"
severity = "info"
needs = ["query_predicates"]
why = """
In LIKE an underscore matches any one character, so that 'web_cache_%' also finds webXcacheY. Where the underscore is
part of a name this returns, or deletes, rows that nobody meant, and an index can use the pattern only up to the first
underscore. Only literal patterns with an unescaped underscore between letters or digits are looked at; it is right to
ignore where any character is really meant.
"""
references = ["https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-LIKE"]
*/
with patterns as (
    select *, regexp_extract(value, '^''(.*)''(::[a-z ]+)?$', 1) as pattern
    from query_predicates
    where operator in ('~~', '~~*', '!~~', '!~~*')
        and value_kind = 'constant'
        and regexp_matches(value, '^''.*''(::[a-z ]+)?$')
)
select
    'query' as object_kind,
    query as name,
    coalesce(schemaname || '.' || tablename || '.', '') || expression || ' ' || pattern as key,
    format('{}: the underscore in LIKE ''{}'' matches any character, so that ''{}'' is found too',
        query, pattern,
        regexp_replace(pattern, '([[:alnum:]])_([[:alnum:]])', '\1X\2', 'g')) as message,
    {'expression': expression, 'pattern': pattern} as evidence,
    format('escape it: LIKE ''{}''{}',
        regexp_replace(pattern, '([[:alnum:]])_', '\1\\_', 'g'),
        case
            when regexp_matches(pattern, '^[^%]*%$') and operator in ('~~', '!~~')
                then format('; or ask {}starts_with({}, ''{}'')',
                    if(operator = '!~~', 'NOT ', ''), expression, rtrim(pattern, '%'))
            else ''
        end) as remedy
from patterns
where regexp_matches(pattern, '[[:alnum:]]_[[:alnum:]]')
order by query, key
