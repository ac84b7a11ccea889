-- For each table of the setting dbaudit.ranges, a JSON array of [schema, table, column, least,
-- greatest], a table with its columns and B-trees that holds the ends, without its constraints,
-- those of domains included. What cannot be made so is left out.
do $$
declare
    step text;
begin
    create schema if not exists "dbaudit twins";
    for step in
        with ends as (
            select t.oid, r ->> 2 as attname, array[r ->> 3, r ->> 4] as bounds,
                format('%I.%I', r ->> 0, r ->> 1) as name, format('"dbaudit twins".t%s', t.oid) as twin
            from jsonb_array_elements(current_setting('dbaudit.ranges')::jsonb) as r
            join pg_catalog.pg_namespace as n on n.nspname = r ->> 0
            join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = r ->> 1
        ),
        steps (number, step) as (
            select distinct 1, format('create table %s (like %s)', twin, name)
            from ends
            union all
            select distinct 2, format('alter table %s alter %I drop not null', twin, a.attname)
            from ends join pg_catalog.pg_attribute as a on a.attrelid = ends.oid
            where a.attnotnull and a.attnum > 0 and not a.attisdropped
            union all
            select distinct 3, format(
                'alter table %s alter %I type %s', twin, a.attname, format_type(y.typbasetype, y.typtypmod)
            )
            from ends join pg_catalog.pg_attribute as a on a.attrelid = ends.oid
            join pg_catalog.pg_type as y on y.oid = a.atttypid and y.typtype = 'd'
            where a.attnum > 0
            union all
            select 4, format(
                'insert into %s (%I) select distinct bound::%s from unnest(%L::text[]) as bound',
                twin, a.attname, format_type(a.atttypid, a.atttypmod), bounds
            )
            from ends
            join pg_catalog.pg_attribute as a on a.attrelid = ends.oid and a.attname = ends.attname
            union all
            select distinct 5, format(
                'create index i%s on %s%s', i.indexrelid, twin,
                substr(d.sql, strpos(d.sql, ' ON ' || name || ' USING ') + length(' ON ' || name))
            )
            from ends
            join pg_catalog.pg_index as i on i.indrelid = ends.oid and i.indpred is null
            join pg_catalog.pg_class as c on c.oid = i.indexrelid and c.relkind = 'i'
            join pg_catalog.pg_am as m on m.oid = c.relam and m.amname = 'btree'
            cross join lateral (select pg_get_indexdef(i.indexrelid)) as d (sql)
        )
        select steps.step from steps order by number
    loop
        begin
            execute step;
        exception when others then
            raise debug '%: %', step, sqlerrm;
        end;
    end loop;
end
$$
