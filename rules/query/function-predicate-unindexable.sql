/*
id = "function-predicate-unindexable"
title = "Function body holds a condition that no index can serve"
category = "query"
severity = "warning"
needs = ["function_predicates", "triggers", "tables", "index_columns"]
why = """
A statement inside a function is in no list of registered queries, and the plan of the statement that fires a trigger does
not show it. Where its only condition on a large table is one that no plain index serves, each call reads the whole table,
and an index built for it changes nothing. Not reported: where another condition of the statement has an index to go by.
It is right to ignore for a function that runs once in a while.
"""
references = [
    "https://www.postgresql.org/docs/current/plpgsql-trigger.html",
    "https://www.postgresql.org/docs/current/indexes-types.html#INDEXES-TYPES-GIN",
]
[options]
min_rows = 10000
*/
with asked as (
    select p.*, t.reltuples, case when p.shape = 'array' then format('{} {} ANY ({})', p.value, p.operator, p.expression)
        else concat_ws(' ', p.expression, p.operator, p.value) end as condition
    from function_predicates as p
    join tables as t using (schemaname, tablename)
    where t.reltuples >= $min_rows
),
served as (
    select distinct a.function_schemaname, a.function_name, a.statement, a.schemaname, a.tablename
    from asked as a
    join index_columns as k on k.schemaname = a.schemaname and k.tablename = a.tablename and k.position = 1
        and (k.attname = a.attname and a.is_sargable or bare_sql(k.expression) = bare_sql(a.expression))
),
fired as (
    select function_schemaname, function_name,
        list(distinct tgname || ' of ' || tablename order by tgname || ' of ' || tablename) as triggers
    from triggers
    where enabled <> 'D'
    group by all
),
unserved as (
    select a.*, f.triggers,
        count(*) over (partition by a.function_schemaname, a.function_name, a.tablename, a.condition order by a.statement)
            as repeated
    from asked as a
    left join served as s using (function_schemaname, function_name, statement, schemaname, tablename)
    left join fired as f using (function_schemaname, function_name)
    where s.function_name is null and not a.is_sargable and a.shape in ('array', 'expression', 'json')
)
select
    'function' as object_kind,
    function_schemaname as schema,
    function_name as name,
    tablename || ' ' || condition as key,
    format('{}{} reads all {} rows of {} for {}: {}', function_name,
        if(triggers is null, '', format(' (run by the trigger {})', array_to_string(triggers, ', '))),
        pretty_count(reltuples), tablename, condition,
        if(shape = 'array', format('an index on {} serves @>, not = ANY, and alone would gain nothing', expression),
            format('an index on {} alone would gain nothing', coalesce(quote_ident(attname), 'its columns')))) as message,
    {'condition': condition, 'table': tablename, 'triggers': triggers, 'statement': statement, 'reltuples': reltuples}
        as evidence,
    'likely' as confidence,
    case when shape = 'array'
        then format('write {0} @> ARRAY[{1}] in the function, with an index USING gin ({0})', expression, value)
        else format('compare the bare column in the function, or index the expression: ({})', expression)
    end as remedy
from unserved
where repeated = 1
order by function_schemaname, function_name, statement, tablename, condition
