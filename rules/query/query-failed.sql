/*
id = "query-failed"
title = "Registered query fails"
category = "query"
severity = "error"
needs = ["queries"]
why = """
The server refused to plan or execute a registered query: a table or column that is not there, a value of the wrong
type, a missing privilege, a timeout. The application gets the same error, and nothing else can be said about the query.
A query that is registered for a schema that this database does not have yet is harmless; leave its file out of the run.
"""
references = ["https://www.postgresql.org/docs/current/errcodes-appendix.html"]
*/
select
    'query' as object_kind,
    query as name,
    format('{} fails: {}', query, replace(error, chr(10), ' ')) as message,
    {'file': file, 'line': line, 'sqlstate': sqlstate, 'error': error} as evidence,
    case
        when sqlstate = '42501' then 'grant the role what the query needs, or register it with the role that runs it'
        when sqlstate = '57014' then 'make it faster, or allow it more time with --timeout'
        when sqlstate is null then 'correct the query''s file'
        else 'correct the query, or bring the schema up to date'
    end as remedy
from queries
-- pg_stat_statements writes interval $1 and the like, which is no SQL: not the team's mistake.
where error is not null
    and not (file is null and exists (from statements as s where contains(s.query, queries.sql)))
order by query
