/*
id = "transaction-id-wraparound"
title = "Old transaction ids are not frozen in time"
category = "table"
severity = "warning"
needs = ["databases", "tables", "settings"]
why = """
Transaction ids and multixact ids are 32 bits wide. Rows older than two thousand million transactions must have been
frozen by vacuum; three million before that limit the server refuses every write. Autovacuum begins at
autovacuum_freeze_max_age (autovacuum_multixact_freeze_max_age); an age well past it says that vacuum fails or is held back
by a long transaction, a prepared one, a replication slot or a standby's feedback. Past three quarters of the limit it is
an error. It is right to ignore a warning while a vacuum of the table is at work.
"""
references = [
    "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
    "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND",
]
[options]
warning_factor = 1.5
error_share = 0.75
max_tables = 10
*/
with limits as (
    -- 2^31: half of the 32 bits is the past (PostgreSQL's src/backend/access/transam/varsup.c).
    select
        'frozenxid' as counter, 'transactions' as counted, 2147483648::double as wraps_at,
        setting::double as freeze_max_age
    from settings where name = 'autovacuum_freeze_max_age'
    union all
    select 'minmxid', 'multixacts', 2147483648::double, setting::double
    from settings where name = 'autovacuum_multixact_freeze_max_age'
),

ages as (
    select 'database' as object_kind, null as schemaname, datname as name, 'frozenxid' as counter, frozenxid_age as age
    from databases
    union all
    select 'database', null, datname, 'minmxid', minmxid_age from databases
    union all
    select 'table', schemaname, tablename, 'frozenxid', frozenxid_age from tables
    union all
    select 'table', schemaname, tablename, 'minmxid', minmxid_age from tables
),

horizon as (
    select
        (select max(backend_xmin_age) from sessions) as oldest_session_xmin_age,
        (select max(xmin_age) from replication) as oldest_replication_xmin_age
),

old as (
    select
        a.*,
        l.counted,
        l.wraps_at,
        l.freeze_max_age,
        h.*,
        row_number() over (partition by a.object_kind, a.counter order by a.age desc, a.schemaname, a.name) as rank
    from ages as a
    join limits as l on l.counter = a.counter
    cross join horizon as h
    where a.age > least(l.freeze_max_age * $warning_factor, (l.freeze_max_age + l.wraps_at) / 2, $error_share * l.wraps_at)
)

select
    object_kind,
    schemaname as schema,
    name,
    counter as key,
    if(age > $error_share * wraps_at, 'error', null) as severity,
    format('the oldest row of {} is {} {} old: {} of what wraps around, autovacuum should have frozen it at {}',
        name, pretty_count(age), counted, percent(age / wraps_at), pretty_count(freeze_max_age)
    ) as message,
    {
        'age': age, 'freeze_max_age': freeze_max_age, 'left': wraps_at - age,
        'oldest_session_xmin_age': oldest_session_xmin_age,
        'oldest_replication_xmin_age': oldest_replication_xmin_age
    } as evidence,
    if(object_kind = 'table',
        'end what holds vacuum back (old transactions, slots), then freeze it',
        'end what holds vacuum back (old transactions, slots), then freeze its oldest tables: vacuumdb --freeze'
    ) as remedy,
    if(object_kind = 'table', 'VACUUM (FREEZE) ' || qualified(schemaname, name), null) as remedy_sql
from old
where rank <= $max_tables or object_kind = 'database'
order by age desc, object_kind, schemaname, name, counter
