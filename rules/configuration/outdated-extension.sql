/*
id = "outdated-extension"
title = "Extension is older than the server's version of it"
category = "configuration"
severity = "info"
needs = ["extensions"]
why = """
An extension keeps the version it was created with when the server's packages are upgraded; new functions, planner support
and fixes in its SQL part stay away. It is right to ignore it where the update is known to need more than ALTER EXTENSION
(PostGIS, TimescaleDB: read their notes first), or while servers of two versions must agree.
"""
references = ["https://www.postgresql.org/docs/current/sql-alterextension.html"]
*/
select
    'database' as object_kind,
    d.datname as name,
    e.extname as key,
    format('the extension {} is at {}, the server has {}', e.extname, e.extversion, e.default_version) as message,
    {'extname': e.extname, 'extversion': e.extversion, 'default_version': e.default_version} as evidence,
    'update it' as remedy,
    'ALTER EXTENSION ' || quote_ident(e.extname) || ' UPDATE' as remedy_sql
from extensions as e
cross join (select datname from databases where is_current) as d
where e.extversion <> e.default_version
order by e.extname
