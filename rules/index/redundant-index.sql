/*
id = "redundant-index"
title = "Index is the beginning of another one"
category = "index"
severity = "warning"
needs = ["indexes"]
why = """
A B-tree on (a) answers nothing that one on (a, b) does not, when operator classes, collations, orders and predicate
agree; each write pays for both. A unique index is never redundant, since it enforces something. It is right to ignore it
when the longer index is much wider: the short one is then read faster and stays in memory; such a pair is reported with
less severity and confidence. Where queries are registered, the what-if planner decides instead: what the query that
misses it most would cost without it is its price. An index that dbaudit apply dropped and had to build again, as a query
missed it, is not reported while that is remembered.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
    "https://wiki.postgresql.org/wiki/Index_Maintenance",
]
[options]
max_size_ratio = 2.0
max_loss = 1.1
*/
with candidates as (
    select
        *,
        vector(indclass) as classes,
        vector(indcollation) as collations,
        vector(indoption) as orders,
        list_concat(key_columns, include_columns) as all_columns
    from indexes
    where amname = 'btree' and indisvalid and not is_being_built
),

pairs as (
    select
        a.*,
        b.indexname as covering,
        b.key_columns as covering_columns,
        b.size_bytes as covering_bytes,
        row_number() over (partition by a.oid order by b.size_bytes, b.oid) as rank
    from candidates as a
    join candidates as b
        on b.table_oid = a.table_oid and b.oid <> a.oid and b.relkind = a.relkind
        and b.predicate is not distinct from a.predicate
        and b.key_columns[1:a.indnkeyatts] = a.key_columns
        and vector(b.indkey)[1:a.indnkeyatts] = vector(a.indkey)[1:a.indnkeyatts]
        and b.classes[1:a.indnkeyatts] = a.classes
        and b.collations[1:a.indnkeyatts] = a.collations
        -- A B-tree is read in both directions: all orders the same, or all turned round.
        and (
            b.orders[1:a.indnkeyatts] = a.orders
            or list_transform(b.orders[1:a.indnkeyatts], lambda o: 3 - o) = a.orders
        )
        and list_has_all(b.all_columns, a.all_columns)
        and (b.indnkeyatts > a.indnkeyatts or len(b.all_columns) > len(a.all_columns))
    where not (
        a.indisunique or a.indisexclusion or a.indisreplident or a.indisclustered or a.is_fk_target
        or a.conname is not null or a.parent_oid is not null or a.extname is not null
    )
        and not exists (
            select 1 from missed_indexes as m where m.schemaname = a.schemaname and m.indexname = a.indexname
        )
),

priced as (
    select p.*, l.query as loser, l.cost_before, l.cost_after, l.factor is not null as is_priced,
        coalesce(l.factor > $max_loss, p.covering_bytes > $max_size_ratio * p.size_bytes) as is_missed
    from pairs as p
    left join index_losses as l using (schemaname, tablename, indexname)
    where p.rank = 1
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    if(is_missed, 'info', null) as severity,
    if(is_missed, 'possible', 'likely') as confidence,
    format('{} ({}) on {} ({}) is the beginning of {} ({}, {}){}',
        indexname, array_to_string(key_columns, ', '), tablename, pretty_bytes(size_bytes),
        covering, array_to_string(covering_columns, ', '), pretty_bytes(covering_bytes),
        case
            when loser is not null
                then format('; without it {} would cost {:.1f} instead of {:.1f}', loser, cost_after, cost_before)
            when is_priced then '; no registered query would miss it'
            else ''
        end
    ) as message,
    {
        'covered_by': covering, 'key_columns': key_columns, 'size_bytes': size_bytes,
        'covering_columns': covering_columns, 'covering_size_bytes': covering_bytes, 'idx_scan': idx_scan,
        'query': loser, 'cost_before': cost_before, 'cost_after': cost_after
    } as evidence,
    case
        when relkind = 'I' then 'drop it; on a partitioned table that locks every partition for a moment'
        when is_missed and loser is null then 'drop it if its queries stay fast on the wider ' || covering
        else format('{}: that saves {} and an entry for every row written; {} serves its queries',
            if(is_missed, 'drop it if ' || loser || ' may cost that much more', 'drop it'),
            pretty_bytes(size_bytes), covering)
    end as remedy,
    if(relkind = 'i', 'DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname), null) as remedy_sql,
    if(relkind = 'i', built_concurrently(definition), null) as undo_sql
from priced
order by schemaname, tablename, indexname
