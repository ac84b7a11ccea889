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
    loop_severity(loops, $min_share, $min_total_ms) as severity,
    format('{} runs {} times with the same values within one unit of work: {}',
        left(child, 80), typical_times, loop_cost(loops)) as message,
    loop_evidence(loops) as evidence,
    'ask once and keep the answer for as long as the request lasts' as remedy
from loops
where kind = 'repeated_query' and typical_times >= $min_times
order by total_ms desc, pattern
