/*
id = "migration-index-name-taken"
title = "Migration's index has a name that another one has"
category = "migration"
severity = "error"
needs = ["migration_indexes", "migration_drops"]
why = """
The database has an index of this name, defined otherwise or left invalid by a build that failed. CREATE INDEX fails then;
with IF NOT EXISTS it does nothing and says so in a notice alone, and everybody believes that the index is there. Not
reported where the migrations drop the old one first. It is right to ignore when both definitions mean the same and are
only written differently.
"""
references = ["https://www.postgresql.org/docs/current/sql-createindex.html"]
*/
select
    'index' as object_kind,
    i.schemaname as schema,
    i.tablename as "table",
    i.indexname as name,
    i.file as key,
    if(i.existing_is_valid, 'likely', 'certain') as confidence,
    if(i.existing_is_valid,
        format('{}:{} builds {}, but an index of that name is there and is defined otherwise', i.file, i.line, i.indexname),
        format('{}:{} builds {}, but an invalid index of that name is left from a build that failed',
            i.file, i.line, i.indexname)
    ) as message,
    {
        'file': i.file, 'line': i.line, 'definition': i.definition, 'existing_definition': i.existing_definition,
        'existing_is_valid': i.existing_is_valid
    } as evidence,
    if(i.existing_is_valid, 'give it another name, or drop the old one in the same migration',
        'drop the invalid one first: DROP INDEX CONCURRENTLY ' || qualified(i.schemaname, i.indexname)) as remedy
from migration_indexes as i
where i.existing_definition is not null
    and not exists (
        from migration_drops as d where d.schemaname = i.schemaname and d.indexname = i.indexname
    )
order by i.file, i.line, i.indexname
