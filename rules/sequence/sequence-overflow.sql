/*
id = "sequence-overflow"
title = "Sequence is about to run out"
category = "sequence"
severity = "warning"
needs = ["sequences"]
why = """
When a sequence reaches its end, or its column's type does, every insert fails at once. The nearer of the two ends counts:
a bigint sequence that feeds an integer column ends with the column. It is right to ignore it when the sequence is meant to
end there. A sequence that starts over by itself (CYCLE) within its column's range is not reported, nor one that the role
may not read.
"""
references = [
    "https://www.postgresql.org/docs/current/sql-createsequence.html",
    "https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT",
]
[options]
warning_share = 0.75
error_share = 0.9
*/
with ends as (
    select
        *,
        case column_type when 'smallint' then 32767 when 'integer' then 2147483647 end as column_max,
        increment_by > 0 as is_ascending
    from sequences
    where last_value is not null
),

bounded as (
    select
        *,
        if(is_ascending, least(max_value, coalesce(column_max, max_value)),
            greatest(min_value, coalesce(-column_max - 1, min_value)))::double as end_value,
        if(is_ascending, min_value, max_value)::double as first_value
    from ends
),

used as (
    select
        *,
        (last_value - first_value) / nullif(end_value - first_value, 0) as used_share,
        floor(abs(end_value - last_value) / abs(increment_by)) as values_left,
        end_value <> if(is_ascending, max_value, min_value) as ends_with_column
    from bounded
)

select
    'sequence' as object_kind,
    schemaname as schema,
    sequencename as name,
    owner_tablename as "table",
    if(used_share >= $error_share, 'error', null) as severity,
    format('{} has used {:.1f} % of its range: it has {} left until {}{}',
        sequencename, floor(used_share * 1000) / 10, pretty_count(greatest(values_left, 0)), pretty_count(end_value),
        if(ends_with_column, format(', where {}.{} ({}) ends', owner_tablename, owner_attname, column_type), '')
    ) as message,
    {
        'last_value': last_value, 'end_value': end_value::bigint, 'values_left': greatest(values_left, 0),
        'used_share': round(used_share, 4), 'data_type': data_type, 'column_type': column_type
    } as evidence,
    case
        when ends_with_column then format(
            'change the type of {}.{} to bigint; that rewrites the table, so prepare it', owner_tablename, owner_attname)
        when data_type <> 'bigint' and column_type = 'bigint' then 'let the sequence count in bigint, as its column does'
        else 'raise its limit, or start it over'
    end as remedy,
    if(not ends_with_column and data_type <> 'bigint' and column_type = 'bigint',
        'ALTER SEQUENCE ' || qualified(schemaname, sequencename) || ' AS bigint', null) as remedy_sql,
    if(not ends_with_column and data_type <> 'bigint' and column_type = 'bigint',
        'ALTER SEQUENCE ' || qualified(schemaname, sequencename) || ' AS ' || data_type, null) as undo_sql
from used
where used_share >= $warning_share and (ends_with_column or not cycle)
order by used_share desc, schemaname, sequencename
