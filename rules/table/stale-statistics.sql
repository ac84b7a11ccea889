/*
id = "stale-statistics"
title = "Planner statistics are missing or old"
category = "table"
severity = "warning"
needs = ["tables", "settings", "column_stats"]
why = """
The planner chooses plans by the statistics that ANALYZE gathers. Without them it guesses; with old ones it is wrong by as
much as the table has changed. Autovacuum analyses a table once enough of its rows have changed, but never a partitioned
table as a whole, and nothing where it is switched off or falls behind. It is right to ignore it for tables that are
filled, read once and dropped. Tables that the role may not read are not judged as never analysed.
"""
references = [
    "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS",
    "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
]
[options]
min_rows = 1000
max_threshold_factor = 2.0
min_analyze_age_seconds = 300
*/
with recursive leaf as (
    select schemaname as root_schemaname, tablename as root_tablename, schemaname, tablename from tables
    union all
    select l.root_schemaname, l.root_tablename, p.schemaname, p.tablename
    from partitions as p
    join leaf as l on p.parent_schemaname = l.schemaname and p.parent_tablename = l.tablename
),

filled as (
    select l.root_schemaname, l.root_tablename, sum(greatest(t.n_live_tup, t.reltuples)) as live_rows
    from leaf as l
    join tables as t on t.schemaname = l.schemaname and t.tablename = l.tablename
    group by l.root_schemaname, l.root_tablename
),

setting_of as (
    select
        max(try_cast(setting as double)) filter (where name = 'autovacuum_analyze_threshold') as threshold,
        max(try_cast(setting as double)) filter (where name = 'autovacuum_analyze_scale_factor') as scale_factor
    from settings
),

-- A table's own parameter, else the server's.
own as (
    select
        t.*,
        f.live_rows,
        t.analyze_age_seconds is null and t.can_select and not exists (
            select 1 from column_stats as s
            where s.schemaname = t.schemaname and s.tablename = t.tablename and s.inherited = (t.relkind = 'p')
        ) as is_never_analyzed,
        coalesce(
            try_cast(regexp_extract(array_to_string(t.reloptions, ' '), 'autovacuum_analyze_threshold=(\S+)', 1) as double),
            s.threshold
        ) as threshold,
        coalesce(
            try_cast(regexp_extract(array_to_string(t.reloptions, ' '), 'autovacuum_analyze_scale_factor=(\S+)', 1) as double),
            s.scale_factor
        ) as scale_factor
    from tables as t
    join filled as f on f.root_schemaname = t.schemaname and f.root_tablename = t.tablename
    cross join setting_of as s
),

judged as (
    select *, threshold + scale_factor * greatest(reltuples, 0) as due_after from own
)

select
    'table' as object_kind,
    schemaname as schema,
    tablename as name,
    if(is_never_analyzed,
        format('{} was never analysed: the planner guesses for its {} rows', tablename, pretty_count(live_rows)),
        format('{} rows of {} changed since its last analyze; autovacuum is due after {}',
            pretty_count(n_mod_since_analyze), tablename, pretty_count(due_after))
    ) as message,
    {
        'n_live_tup': live_rows, 'n_mod_since_analyze': n_mod_since_analyze, 'due_after': due_after,
        'analyze_age_seconds': analyze_age_seconds, 'autovacuum_enabled': autovacuum_enabled
    } as evidence,
    if(relkind = 'p',
        'analyse it, and again whenever its partitions have changed much: autovacuum does not',
        'analyse it' || if(autovacuum_enabled, '', '; autovacuum is switched off for it')
    ) as remedy,
    'ANALYZE ' || qualified(schemaname, tablename) as remedy_sql
from judged
where live_rows >= $min_rows
    and (
        is_never_analyzed
        or (
            relkind <> 'p' and n_mod_since_analyze > $max_threshold_factor * due_after
            -- Counts of rows lag, and autovacuum looks around once a minute: it is given its turn.
            and (not autovacuum_enabled or analyze_age_seconds >= $min_analyze_age_seconds)
        )
    )
order by schemaname, tablename
