/*
id = "n-plus-one"
title = "For each row of a query the application sends another one"
category = "workload"
severity = "warning"
needs = ["loops"]
why = """
In what the application really sent, a query is followed by one lookup by key for each of its rows (N+1), or by two or
more (2N+1). Each is fast, and each costs a round trip to the server, its parsing, planning and a place in the pool: one
statement that asks for all keys does the work of all. Told from the order in time within a session; `confidence` is
certain only where a trace names the line of the code and it was seen more than once, possible where counts alone tell
of it or a connection pool's traffic could look the same. Not reported: pages, ranges of keys, lists of keys, polling,
retries, and lookups with long work between them. It is right to ignore where the rows are few and always will be.
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
    if(confidence = 'certain'
        or confidence = 'likely' and (coalesce(share, 0) >= $min_share or total_ms >= $min_total_ms),
        'warning', 'info') as severity,
    format('{} runs {} times {}{}: {} statements{} where {} would do{}',
        left(child, 80), typical_times,
        if(parent is null, 'in a row', 'after ' || left(parent, 80)),
        if(len(children) > 1, format(', one of {} statements in each turn', len(children)), ''),
        pretty_count(times), if(share is null, '', format(' ({:.0f} % of all time)', 100 * share)),
        pretty_count(times - round_trips_saved), coalesce('; sent at ' || place, '')) as message,
    {
        'parent': parent, 'child': child, 'children': children, 'times': times, 'occurrences': occurrences,
        'typical_times': typical_times, 'largest_times': largest_times, 'total_ms': round(total_ms, 1),
        'share': round(share, 4), 'round_trips_saved': round_trips_saved, 'sessions': sessions,
        'requests': requests, 'place': place, 'places': places, 'routes': routes, 'libraries': libraries,
        'loads': loads, 'hidden': hidden, 'fingerprint': child_fingerprint, 'pattern': pattern
    } as evidence,
    'ask for all keys in one statement: = ANY ($1) with an array, a join, or the ORM''s eager loading' as remedy
from loops
where kind = 'n_plus_one' and typical_times >= $min_times
order by total_ms desc, pattern
