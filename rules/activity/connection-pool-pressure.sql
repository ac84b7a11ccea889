/*
id = "connection-pool-pressure"
title = "Connections are running out"
category = "activity"
severity = "warning"
needs = ["sessions", "settings"]
why = """
At max_connections, less those reserved for superusers, the server refuses every new client, and each session costs
memory and slows snapshots down long before. Many idle sessions mean that pools are larger than they need be. It is
right to ignore where the pools are full by design and their sum is known to stay below the limit.
"""
references = ["https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS"]
[options]
warning_share = 0.8
error_share = 0.95
*/
with used as (
    select count(*) as clients, count(*) filter (where state = 'idle') as idle,
        count(*) filter (where state like 'idle in transaction%') as idle_in_transaction
    from sessions
    where backend_type = 'client backend' or (backend_type is null and datname is not null)
),
allowed as (
    select max(setting::bigint) filter (where name = 'max_connections')
        - coalesce(sum(setting::bigint) filter (where name like '%reserved_connections'), 0) as most
    from settings
    where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
),
judged as (
    select *, clients / nullif(most, 0) as share, idle / nullif(clients, 0) as idle_share
    from used
    cross join allowed
)
select
    'setting' as object_kind,
    'max_connections' as name,
    format('{} of {} connections are in use ({:.0f} %), {} of them idle and {} idle in a transaction',
        clients, most, 100 * share, idle, idle_in_transaction) as message,
    {'clients': clients, 'allowed': most, 'share': round(share, 2), 'idle': idle,
        'idle_in_transaction': idle_in_transaction} as evidence,
    if(share >= $error_share, 'error', 'warning') as severity,
    case
        when idle_share >= 0.5 then 'make the applications'' pools smaller, or put a pooler such as PgBouncer before the server'
        else 'find what keeps the sessions busy (slow or blocked statements) before raising max_connections'
    end as remedy
from judged
where share >= $warning_share
order by name
