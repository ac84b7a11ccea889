/*
id = "slow-query"
title = "Query that applications send is slow, or takes much of the time"
category = "workload"
severity = "warning"
needs = ["traffic_statements"]
counters_suffice = true
why = """
Logs and traces know each execution, so that a query is judged by what its slowest twentieth takes (p95), not by its
mean, which hides them. Reported are queries whose p95 is long and that have cost a noticeable time in all, and those
that take a large share of all time. Where only counters tell of it, the mean stands for the p95. Not reported: what
slow-statement says already, statements that maintain or copy whole tables. It is right to ignore a known nightly job.
"""
references = [
    "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-MIN-DURATION-STATEMENT",
]
[options]
min_p95_ms = 500
min_total_ms = 10000
min_share = 0.25
min_share_mean_ms = 20
min_share_total_ms = 60000
*/
select
    'query' as object_kind,
    left(query, 80) as name,
    fingerprint as key,
    format('p95 {:.0f} ms, mean {:.0f} ms, {} calls, {:.0f} % of all time: {}{}',
        coalesce(p95_ms, mean_ms), mean_ms, pretty_count(calls), 100 * share, left(query, 100),
        coalesce('; sent at ' || place, '')) as message,
    {
        'p95_ms': round(p95_ms, 1), 'mean_ms': round(mean_ms, 1), 'max_ms': round(max_ms, 1), 'calls': calls,
        'total_ms': round(total_ms), 'share': round(share, 3), 'rows': rows, 'temp_blks': temp_blks,
        'errors': errors, 'routes': routes, 'applications': applications, 'place': place, 'queryid': queryid,
        'fingerprint': fingerprint, 'query': query
    } as evidence,
    'register it as a query file (dbaudit workload --register DIR), then see dbaudit explain and dbaudit advise' as remedy
from traffic_statements as t
where (coalesce(p95_ms, mean_ms) >= $min_p95_ms and total_ms >= $min_total_ms
        or share >= $min_share and mean_ms >= $min_share_mean_ms and total_ms >= $min_share_total_ms)
    and kind in ('select', 'insert', 'update', 'delete', 'merge')
    and not exists (
        from statements as s
        where s.queryid = t.queryid and s.mean_exec_time >= $min_p95_ms and s.total_exec_time >= $min_total_ms
    )
order by total_ms desc, fingerprint
