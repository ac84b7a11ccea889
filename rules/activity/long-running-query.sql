/*
id = "long-running-query"
title = "Statement has been running for long"
category = "activity"
severity = "warning"
needs = ["sessions"]
why = """
A statement that runs for minutes holds its locks and keeps vacuum from cleaning up what was deleted since it began.
Replication, autovacuum and statements that copy or maintain a whole table (COPY, VACUUM, CREATE INDEX, ANALYZE, REINDEX,
CLUSTER) are not reported. It is right to ignore for a report that is known to take that long.
"""
references = ["https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW"]
[options]
min_seconds = 300
*/
select
    'session' as object_kind,
    coalesce(nullif(application_name, ''), usename, 'pid ' || pid) as name,
    pid as key,
    format('{} (pid {}, role {}) has been running a statement for {}{}: {}',
        coalesce(nullif(application_name, ''), 'a session'), pid, coalesce(usename, 'unknown'),
        pretty_seconds(query_age_seconds),
        if(wait_event_type = 'Lock', ', waiting for a lock', ''),
        left(regexp_replace(query, '\s+', ' ', 'g'), 80)) as message,
    {'pid': pid, 'database': datname, 'query_age_seconds': round(query_age_seconds),
        'xact_age_seconds': round(xact_age_seconds), 'backend_xmin_age': backend_xmin_age,
        'wait_event': wait_event, 'query': query} as evidence,
    format('find out whether anybody still waits for it; if not: dbaudit activity --cancel {}', pid) as remedy
from sessions
where backend_type = 'client backend' and state = 'active' and query_age_seconds >= $min_seconds
    and not regexp_matches(query, '^\s*(copy|vacuum|analyze|reindex|cluster|create\s+(unique\s+)?index)\s', 'i')
    and not regexp_matches(query, '^\s*START_REPLICATION', 'i')
order by query_age_seconds desc, pid
