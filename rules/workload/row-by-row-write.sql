/*
id = "row-by-row-write"
title = "Rows are written one at a time"
category = "workload"
severity = "warning"
needs = ["loops"]
why = """
In what the application really sent, the same INSERT, UPDATE or DELETE follows itself with other values. Each costs a
round trip, and where each is a transaction of its own a flush of the write-ahead log too: a statement with many rows,
or COPY, is ten times faster and more. Rows that are each looked up first, as update_or_create() does, are told too, as
possible where each is a transaction of its own: many requests that each write a row look much the same, but pause. A
log shows a pipeline, as which psycopg 3 and asyncpg send executemany(), just as it shows a loop: rows with bound values
that come faster than a network's round trips may be one, which the message says, and are no more than possible. Not
reported: single writes of many sessions, and writes with long work between them. It is right to ignore where each write
must be durable before the next one is known.
"""
references = [
    "https://www.postgresql.org/docs/current/populate.html",
    "https://www.psycopg.org/psycopg3/docs/basic/copy.html",
]
[options]
min_times = 10
min_share = 0.01
min_total_ms = 1000
*/
select
    'query' as object_kind,
    left(child, 80) as name,
    pattern as key,
    confidence,
    loop_severity(loops, $min_share, $min_total_ms) as severity,
    format('{} runs {} times in a row{}: {}{}', left(child, 80), typical_times, loop_turn(loops), loop_cost(loops),
        if(may_be_pipeline, '; so fast that it is a pipeline already (executemany), or on the server''s own machine', '')
    ) as message,
    loop_evidence(loops) as evidence,
    case child_kind
        when 'insert' then 'insert many rows at once: VALUES with several rows, executemany(), unnest() of arrays, or COPY'
        when 'delete' then 'delete all keys in one statement: = ANY ($1) with an array'
        else 'write all rows in one statement: UPDATE … FROM (VALUES …), or executemany() in a pipeline'
    end as remedy
from loops
where kind = 'row_by_row_write' and typical_times >= $min_times
order by total_ms desc, pattern
