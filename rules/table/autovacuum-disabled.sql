/*
id = "autovacuum-disabled"
title = "Autovacuum is switched off"
category = "table"
severity = "warning"
needs = ["tables", "settings"]
why = """
Without autovacuum dead rows stay, statistics grow old, and index-only scans turn into heap visits; only the vacuum against
wraparound still comes, at the worst time. Where it disturbs, make it gentler (autovacuum_vacuum_cost_delay) or rarer
rather than none. It is right to ignore it for a table that is filled in one load and vacuumed by the loader; tables that
are not written are told as information only.
"""
references = [
    "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
    "https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-ENABLED",
]
*/
select
    'table' as object_kind,
    schemaname as schema,
    tablename as name,
    if(n_tup_upd + n_tup_del + n_tup_ins > 0, null, 'info') as severity,
    format('autovacuum is switched off for {} ({} live rows, {} dead)',
        tablename, pretty_count(n_live_tup), pretty_count(n_dead_tup)) as message,
    {
        'n_live_tup': n_live_tup, 'n_dead_tup': n_dead_tup, 'n_mod_since_analyze': n_mod_since_analyze,
        'rows_written': n_tup_upd + n_tup_del + n_tup_ins, 'vacuum_age_seconds': vacuum_age_seconds
    } as evidence,
    'switch it on' as remedy,
    [format('ALTER {} {} RESET (autovacuum_enabled)',
        if(relkind = 'm', 'MATERIALIZED VIEW', 'TABLE'), qualified(schemaname, tablename))] as remedy_sql,
    [format('ALTER {} {} SET (autovacuum_enabled = false)',
        if(relkind = 'm', 'MATERIALIZED VIEW', 'TABLE'), qualified(schemaname, tablename))] as undo_sql
from tables
where not autovacuum_enabled and extname is null
union all
select
    'setting',
    null,
    name,
    'error',
    format('{} is off: no table is vacuumed or analysed automatically', name),
    {
        'n_live_tup': null, 'n_dead_tup': null, 'n_mod_since_analyze': null,
        'rows_written': null, 'vacuum_age_seconds': null
    },
    'switch it on',
    ['ALTER SYSTEM SET ' || name || ' = on', 'SELECT pg_reload_conf()'],
    ['ALTER SYSTEM SET ' || name || ' = off', 'SELECT pg_reload_conf()']
from settings
where name in ('autovacuum', 'track_counts') and setting = 'off'
order by object_kind, schema, name
