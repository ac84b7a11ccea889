/*
id = "idle-in-transaction"
title = "Session sits idle in an open transaction"
category = "activity"
severity = "warning"
needs = ["sessions", "locks"]
why = """
An open transaction that does nothing keeps its locks, holds a connection, and may keep vacuum from removing dead rows in
the whole database. One session for hours hurts more than a hundred for a second, so each is judged by its own time. It is
right to ignore for a person at a prompt who knows of it.
"""
references = [
    "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
]
[options]
min_seconds = 60
*/
with held as (
    select pid, list(distinct qualified(schemaname, relname) order by 1) as tablenames
    from locks
    where granted and relname is not null and mode <> 'AccessShareLock'
    group by pid
)
select
    'session' as object_kind,
    coalesce(nullif(application_name, ''), usename, 'pid ' || pid) as name,
    pid as key,
    format('{} (pid {}, role {}) has been {} for {}{}{}', coalesce(nullif(application_name, ''), 'a session'), pid,
        coalesce(usename, 'unknown'), state, pretty_seconds(state_age_seconds),
        coalesce(', with locks on ' || array_to_string(tablenames[1:3], ', '), ''),
        if(backend_xmin_age > 0, format(', and keeps vacuum from rows of the last {} transactions', backend_xmin_age), ''))
        as message,
    {'pid': pid, 'database': datname, 'state_age_seconds': round(state_age_seconds),
        'xact_age_seconds': round(xact_age_seconds), 'backend_xmin_age': backend_xmin_age, 'locked': tablenames,
        'last_query': query} as evidence,
    format('let the application commit before it waits for anything else, and set idle_in_transaction_session_timeout; '
        'to end this one: dbaudit activity --terminate {}', pid) as remedy
from sessions
left join held using (pid)
where state like 'idle in transaction%' and state_age_seconds >= $min_seconds
order by state_age_seconds desc, pid
