/*
id = "slow-statement"
title = "Statement is slow, or takes much of the server's time"
category = "activity"
severity = "warning"
needs = ["statements"]
why = """
pg_stat_statements counts what each statement has cost since its counters were reset. Reported are statements that are
slow on average and have cost a noticeable time in all, and those that take a large share of all time. It is right to
ignore what is known to be a nightly job. Statements that maintain or copy whole tables are not reported.
"""
references = ["https://www.postgresql.org/docs/current/pgstatstatements.html"]
[options]
min_mean_ms = 500
min_total_ms = 10000
min_share = 0.25
min_share_mean_ms = 20
min_share_total_ms = 60000
*/
with counted as (
    select queryid, any_value(query) as query, sum(calls) as calls, sum(total_exec_time) as total_ms,
        sum(rows) as rows, sum(temp_blks_written) as temp_blks_written,
        list(distinct rolname order by rolname) as roles,
        sum(total_exec_time) / sum(statements.calls) as mean_ms,
        sum(total_exec_time) / sum(sum(total_exec_time)) over () as share
    from statements
    where coalesce(toplevel, true) and statements.calls > 0
    group by queryid
)
select
    'query' as object_kind,
    coalesce(queryid::varchar, left(query, 60)) as name,
    format('{:.0f} ms on average, {} calls, {:.0f} % of all time: {}', mean_ms, pretty_count(calls), 100 * share,
        left(regexp_replace(trim(query), '\s+', ' ', 'g'), 100)) as message,
    {'mean_ms': round(mean_ms, 1), 'calls': calls, 'total_ms': round(total_ms), 'share': round(share, 3),
        'rows': rows, 'temp_blks_written': temp_blks_written, 'roles': roles, 'query': query} as evidence,
    'register it as a query file (dbaudit workload --register DIR), then see dbaudit explain and dbaudit advise' as remedy
from counted
where (mean_ms >= $min_mean_ms and total_ms >= $min_total_ms
        or share >= $min_share and mean_ms >= $min_share_mean_ms and total_ms >= $min_share_total_ms)
    and regexp_matches(trim(query), '^[\s(]*(/\*.*?\*/\s*)?(select|insert|update|delete|merge|with|values|execute|call)\b', 'i')
order by total_ms desc, queryid
