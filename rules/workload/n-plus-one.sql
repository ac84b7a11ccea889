/*
id = "n-plus-one"
title = "For each row of a query the application sends another one"
category = "workload"
severity = "warning"
needs = ["loops"]
counters_suffice = true
why = """
In what the application really sent, a query is followed by one lookup by key for each of its rows (N+1), or by two or
more (2N+1). Each is fast, and each costs a round trip to the server, its parsing, planning and a place in the pool: one
statement that asks for all keys does the work of all. So it is with a function or procedure of the application's own
that is called for each row, by another argument each time. Told from the order in time within a session; `confidence` is
certain only where a trace names the line of the code and it was seen more than once, possible where a connection pool's
traffic could look the same. Without a log, pg_stat_statements tells of it by its counts: a lookup by a foreign key, or
by the key that one refers to, that ran as often as a query gave rows, to a per cent or nearer where many pairs of
statements could be so by chance. It cannot tell whether one session sent both, so that is only possible too.
Not reported: pages, ranges of keys, lists of keys, polling, retries, and lookups with long work between them. It is
right to ignore where the rows are few and always will be.
"""
references = [
    "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",
    "https://docs.djangoproject.com/en/stable/topics/db/optimization/",
    "https://www.postgresql.org/docs/current/functions-comparisons.html",
]
[options]
min_times = 5
min_share = 0.01
min_total_ms = 1000
*/
select
    'query' as object_kind,
    left(child, 80) as name,
    pattern as key,
    confidence,
    loop_severity(loops, $min_share, $min_total_ms) as severity,
    if(parent_rows is not null,
        format('{} ran as often as {} gave rows: {} times for {} rows of {} calls{}; told by counts alone',
            left(child, 80), left(parent, 80), pretty_count(times), pretty_count(parent_rows),
            pretty_count(occurrences), loop_share(loops)),
        format('{} runs {} times {}{}: {}', left(child, 80), typical_times,
            if(parent is null, 'in a row', 'after ' || left(parent, 80) || coalesce(' (' || parent_place || ')', '')),
            loop_turn(loops), loop_cost(loops))
    ) as message,
    loop_evidence(loops) as evidence,
    'ask for all keys in one statement: = ANY ($1) with an array, a join, or the ORM''s eager loading' as remedy
from loops
where kind = 'n_plus_one' and typical_times >= $min_times
order by total_ms desc, pattern
