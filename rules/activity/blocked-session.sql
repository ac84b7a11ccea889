/*
id = "blocked-session"
title = "Session blocks others"
category = "activity"
severity = "warning"
needs = ["sessions"]
why = """
Sessions wait for a lock that this one holds. Those that wait hold locks themselves, so that a queue grows behind them;
only the session at its head is reported, with all that wait for it, directly or not. A wait of a moment is harmless and
is not reported.
"""
references = [
    "https://www.postgresql.org/docs/current/explicit-locking.html",
    "https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION",
]
[options]
min_seconds = 5
*/
with recursive waits as (
    select pid, unnest(blocked_by) as blocker from sessions where len(blocked_by) > 0
),
chains as (
    select pid as waiter, blocker from waits
    union
    select c.waiter, w.blocker from chains as c join waits as w on w.pid = c.blocker
),
heads as (
    select c.blocker, list(distinct c.waiter order by c.waiter) as waiters, max(s.query_age_seconds) as longest,
        arg_max(s.query, s.query_age_seconds) as waiting_query
    from chains as c
    join sessions as s on s.pid = c.waiter
    where c.blocker not in (select pid from waits)
    group by c.blocker
    having longest >= $min_seconds
)
select
    'session' as object_kind,
    coalesce(nullif(s.application_name, ''), s.usename, if(blocker = 0, 'prepared transaction', 'pid ' || blocker)) as name,
    blocker as key,
    format('{} ({}) blocks {} session{}, the longest for {}: {}',
        coalesce(nullif(s.application_name, ''), 'a session'),
        if(blocker = 0, 'a prepared transaction', 'pid ' || blocker || coalesce(', ' || s.state, '')),
        len(waiters), if(len(waiters) = 1, '', 's'), pretty_seconds(longest),
        left(regexp_replace(waiting_query, '\s+', ' ', 'g'), 80)) as message,
    {'pid': blocker, 'state': s.state, 'xact_age_seconds': round(s.xact_age_seconds), 'waiting_pids': waiters,
        'longest_wait_seconds': round(longest), 'last_query': s.query, 'waiting_query': waiting_query} as evidence,
    case
        when blocker = 0 then 'find it in pg_prepared_xacts and end it with COMMIT PREPARED or ROLLBACK PREPARED'
        else format('let it finish or commit; if nobody needs it: dbaudit activity --{} {}',
            if(s.state = 'active', 'cancel', 'terminate'), blocker)
    end as remedy
from heads
left join sessions as s on s.pid = heads.blocker
order by longest desc, blocker
