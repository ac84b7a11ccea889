/*
id = "constraint-not-valid"
title = "Constraint was never validated"
category = "table"
severity = "warning"
needs = ["constraints"]
why = """
A constraint added NOT VALID holds for new rows only: old ones may break it, and the planner may not rely on it. Validation
reads the table once under a lock that lets reads and writes pass. It is right to ignore it while rows that break the
constraint are still being mended. A constraint that is NOT ENFORCED is not reported, nor are those of partitions, which
follow their parent's.
"""
references = ["https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT"]
*/
select
    'table' as object_kind,
    schemaname as schema,
    tablename as name,
    conname as key,
    format('the constraint {} of {} is NOT VALID: rows from before it were never checked', conname, tablename) as message,
    {'constraint': conname, 'definition': definition} as evidence,
    'mend the rows that break it, then validate it' as remedy,
    'ALTER TABLE ' || qualified(schemaname, tablename) || ' VALIDATE CONSTRAINT ' || quote_ident(conname) as remedy_sql
from constraints
where not convalidated and not is_inherited and not ends_with(definition, 'NOT ENFORCED')
order by schemaname, tablename, conname
