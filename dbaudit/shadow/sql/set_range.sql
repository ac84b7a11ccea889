-- Replace the ends of a column's histogram. Parameters: a JSON array of
-- [schema, table, column, least, greatest].
select pg_catalog.pg_restore_attribute_stats(
    'version', current_setting('server_version_num')::int,
    'schemaname', column_range ->> 0,
    'relname', column_range ->> 1,
    'attname', column_range ->> 2,
    'inherited', false,
    'histogram_bounds', (
        array[column_range ->> 3]
        || bounds[2:cardinality(bounds) - 1]
        || array[column_range ->> 4]
    )::text
)
from jsonb_array_elements(%s::jsonb) as column_range
join pg_catalog.pg_stats as s
    on s.schemaname = column_range ->> 0 and s.tablename = column_range ->> 1
    and s.attname = column_range ->> 2 and not s.inherited
cross join lateral (select s.histogram_bounds::text::text[] as bounds) as parsed
where cardinality(bounds) > 2
