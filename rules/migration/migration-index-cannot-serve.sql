/*
id = "migration-index-cannot-serve"
title = "Migration's index cannot serve the query it is for"
category = "migration"
severity = "warning"
needs = ["migration_indexes", "migration_claims", "migration_effects", "tables"]
why = """
The comment above the index (`-- for: search_by_title`) or its name says which registered query it is for. The what-if
planner gave it that query with no other way to the rows: the index is not in the plan, so its operator class, expression,
collation or predicate is not what the query asks. Such an index costs every write and serves nobody. With less severity:
it could be used, and the planner finds another way cheaper. It is right to ignore when the comment names the query for
another reason.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-opclass.html",
    "https://www.postgresql.org/docs/current/indexes-expressional.html",
]
[options]
min_rows = 10_000
*/
with judged as (
    select c.*, i.definition, i.readers, t.reltuples,
        format('{}:{}', c.file, c.line) as place,
        if(c.source = 'name', 'its name', 'its comment') as said_by,
        exists (
            from migration_effects as e
            where e.schemaname = c.schemaname and e.tablename = c.tablename and e.indexname = c.indexname
                and e.query = c.query and e.effect = 'used'
        ) as is_used,
        exists (
            from migration_effects as e
            where e.schemaname = c.schemaname and e.tablename = c.tablename and e.indexname = c.indexname
                and e.query = c.query and e.effect = 'possible'
        ) as is_possible,
        (
            select list(distinct e.query order by e.query) from migration_effects as e
            where e.schemaname = c.schemaname and e.tablename = c.tablename and e.indexname = c.indexname
                and e.effect = 'used'
        ) as used_by
    from migration_claims as c
    join migration_indexes as i using (file, line, schemaname, tablename, indexname)
    join tables as t using (schemaname, tablename)
    where i.reason is null and (c.is_reader or c.source = 'comment')
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    file || ' ' || query as key,
    if(is_possible, 'info', null) as severity,
    if(is_possible, 'possible', 'likely') as confidence,
    case
        when not is_reader
            then format('{} builds {}, for {} as {} says, and that query does not read {}',
                place, indexname, query, said_by, tablename)
        when is_possible
            then format('{} builds {}, for {} as {} says, and the planner finds another way cheaper',
                place, indexname, query, said_by)
        else format('{} builds {}, for {} as {} says, and the index cannot serve that query',
            place, indexname, query, said_by)
    end || if(len(used_by) > 0, '; it serves ' || array_to_string(used_by[1:3], ', '), '') as message,
    {
        'file': file, 'line': line, 'query': query, 'source': source, 'definition': definition,
        'used_by': coalesce(used_by, []), 'is_reader': is_reader
    } as evidence,
    case
        when not is_reader then 'name the query that it is for, or leave it out'
        when is_possible then 'see the plan with: dbaudit explain --name ' || query
        else 'see what ' || query || ' needs with: dbaudit explain --name ' || query
    end as remedy
from judged
where not is_used and (not is_possible or reltuples >= $min_rows)
order by file, line, indexname, query
