/*
id = "repeated-identical-query"
title = "The same query with the same values is sent again and again"
category = "workload"
severity = "warning"
needs = ["loops"]
why = """
Within one unit of work the application sends the same query with the same values several times: it asks for what it
has been told. Keeping the answer for as long as the request lasts saves the round trips. Not reported: polling, which
comes at intervals, and queries that lock rows, which work off a queue. It is right to ignore where the answer must be
fresh each time.
"""
references = [
    "https://docs.djangoproject.com/en/stable/topics/db/optimization/#understand-cached-attributes",
    "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-a-cache",
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
    format('{} runs {} times with the same values within one unit of work: {} statements{} where {} would do{}',
        left(child, 80), typical_times,
        pretty_count(times), if(share is null, '', format(' ({:.0f} % of all time)', 100 * share)),
        pretty_count(times - round_trips_saved), coalesce('; sent at ' || place, '')) as message,
    {
        'parent': parent, 'child': child, 'times': times, 'occurrences': occurrences,
        'typical_times': typical_times, 'largest_times': largest_times, 'total_ms': round(total_ms, 1),
        'share': round(share, 4), 'round_trips_saved': round_trips_saved, 'sessions': sessions,
        'requests': requests, 'place': place, 'places': places, 'routes': routes, 'libraries': libraries,
        'loads': loads, 'fingerprint': child_fingerprint, 'pattern': pattern
    } as evidence,
    'ask once and keep the answer for as long as the request lasts' as remedy
from loops
where kind = 'repeated_query' and typical_times >= $min_times
order by total_ms desc, pattern
