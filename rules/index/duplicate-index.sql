/*
id = "duplicate-index"
title = "Index repeats another one"
category = "index"
severity = "warning"
needs = ["indexes", "constraints"]
why = """
Two indexes with the same keys, operator classes, collations, orders, predicate and method answer the same queries, and
each write pays for both. The one that backs a constraint, a foreign key or the replica identity stays, then the unique
one. Storage parameters do not count as a difference. It is right to ignore a duplicate for the minutes in which one index
replaces another; while an index is being built on the table, nothing is reported.
"""
references = ["https://wiki.postgresql.org/wiki/Index_Maintenance#Duplicate_Indexes"]
*/
with ranked as (
    select
        *,
        conname is not null or is_fk_target or indisreplident or indisexclusion or parent_oid is not null
            as is_bound,
        row_number() over same as rank,
        first_value(indexname) over same as kept,
        first_value(conname) over same as kept_conname,
        first_value(indisunique) over same as kept_is_unique,
        first_value(indimmediate) over same as kept_is_immediate,
        first_value(indnullsnotdistinct) over same as kept_nulls_not_distinct
    from indexes
    where indisvalid and not is_being_built and extname is null
    window same as (
        partition by table_oid, relkind, amname, indnkeyatts, indkey, key_columns, indclass, indcollation,
            indoption, predicate, include_columns
        order by
            indisprimary desc, indisexclusion desc, conname is not null desc, is_fk_target desc,
            indisreplident desc, parent_oid is not null desc, indisunique desc, indisclustered desc,
            indimmediate desc, oid
    )
),

with_constraint as (
    select r.*, c.definition as constraint_definition
    from ranked as r
    left join constraints as c
        on c.schemaname = r.schemaname and c.tablename = r.tablename and c.conname = r.conname
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('{} on {} ({}) repeats {}{}: every write pays for both',
        indexname, tablename, pretty_bytes(size_bytes), kept,
        case
            when kept_conname is not null then ', which backs the constraint ' || kept_conname
            when kept_is_unique and not indisunique then ', which is also unique'
            else ''
        end
    ) as message,
    {'duplicate_of': kept, 'key_columns': key_columns, 'size_bytes': size_bytes, 'idx_scan': idx_scan} as evidence,
    case
        when conname is not null
            then 'keep ' || kept || ' and drop the constraint ' || conname
        when relkind = 'I' then 'drop it; on a partitioned table that locks every partition for a moment'
        else 'keep ' || kept || ' and drop this one'
    end as remedy,
    case
        when conname is not null and relkind = 'i' and not is_fk_target and not indisexclusion
            then 'ALTER TABLE ' || qualified(schemaname, tablename) || ' DROP CONSTRAINT ' || quote_ident(conname)
        when conname is null and relkind = 'i'
            then 'DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname)
    end as remedy_sql,
    case
        when conname is not null and relkind = 'i' and not is_fk_target and not indisexclusion
            then 'ALTER TABLE ' || qualified(schemaname, tablename) || ' ADD CONSTRAINT ' || quote_ident(conname)
                || ' ' || constraint_definition
        when conname is null and relkind = 'i' then built_concurrently(definition)
    end as undo_sql
from with_constraint
where rank > 1
    -- What one unique index enforces must be enforced by the one that stays.
    and (
        not indisunique
        or (
            kept_is_unique and kept_is_immediate = indimmediate
            and kept_nulls_not_distinct = indnullsnotdistinct
        )
    )
    and (not is_bound or (conname is not null and parent_oid is null))
    and not is_fk_target and not indisreplident and not indisexclusion
order by schemaname, tablename, indexname
