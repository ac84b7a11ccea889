/*
id = "migration-index-unused"
title = "No registered query would use a migration's index"
category = "migration"
severity = "warning"
needs = ["migration_indexes", "migration_effects", "migration_claims", "tables", "constraints"]
why = """
Each index of a migration that is still to run is put into the what-if planner, alone and with the others: it stands in
the plan of no registered query and of no statement of the workload. Once built it costs every write, and disk. Not
reported: unique indexes, those that find the rows of a foreign key or that a function's body asks for, those that
migration-index-duplicate or migration-index-cannot-serve tell of; on small tables those that a query could use once the
table has grown. It is right to ignore where the query is new too and not yet registered: register it.
"""
references = ["https://www.postgresql.org/docs/current/indexes-examine.html"]
[options]
min_rows = 10_000
*/
with effects as (
    select schemaname, tablename, indexname,
        list(query order by query) filter (effect = 'used') as used,
        list(query order by query) filter (effect = 'possible') as possible
    from migration_effects
    group by all
),

judged as (
    select i.*, coalesce(e.possible, []) as possible, t.reltuples,
        format('{}:{}', i.file, i.line) as place
    from migration_indexes as i
    join tables as t using (schemaname, tablename)
    left join effects as e using (schemaname, tablename, indexname)
    where e.used is null and i.readers is not null and i.reason is null and not i.is_unique
        and i.same_as is null and i.begins is null
        -- migration-index-cannot-serve tells more of those that name their query.
        and not exists (from migration_claims as c where c.file = i.file and c.line = i.line and c.indexname = i.indexname)
        and not exists (
            from constraints as c
            where c.contype = 'f' and c.schemaname = i.schemaname and c.tablename = i.tablename and not i.is_partial
                and serves_columns(i.key_columns, i.amname, null, c.columns)
        )
        and not exists (
            from function_predicates as f
            where f.schemaname = i.schemaname and f.tablename = i.tablename
                and (f.attname = i.key_columns[1] or f.expression = i.key_columns[1])
        )
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    file as key,
    if(readers = 0 or len(possible) > 0, 'info', 'warning') as severity,
    if(readers = 0, 'possible', 'likely') as confidence,
    case
        when readers = 0 then format('{} builds {} on {}, which no registered query reads', place, indexname, tablename)
        when len(possible) > 0
            then format('{} builds {}, and the planner would not choose it: {} could use it and {} cheaper another way',
                place, indexname, array_to_string(possible[1:3], ', ') || if(len(possible) > 3, ' and others', ''),
                if(len(possible) = 1, 'is', 'are'))
        else format('{} builds {}, which {} could use', place, indexname,
            if(readers = 1, 'the one query that reads ' || tablename || ' never',
                format('none of the {} queries that read {}', readers, tablename)))
    end as message,
    {
        'file': file, 'line': line, 'definition': definition, 'readers': readers, 'possible': possible,
        'size_bytes': size_bytes, 'rows': reltuples
    } as evidence,
    if(readers = 0, 'register the query that it is for, or leave it out',
        'leave it out, or register the query that it is for') as remedy
from judged
where len(possible) = 0 or reltuples >= $min_rows
order by file, line, indexname
