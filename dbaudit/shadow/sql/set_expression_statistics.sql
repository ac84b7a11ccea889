-- Store the setting dbaudit.expressions, the rows of expression_statistics.sql as a JSON array. Each
-- object gets a table whose columns are its expressions: their statistics become the object's. They
-- are stored only when every expression has some: the planner reads them all.
do $$
declare
    object record;
    twin text;
begin
    create schema if not exists "dbaudit twins";
    for object in
        select s.oid, d.inherited, format('%I.%I', tn.nspname, t.relname) as name, e.expressions, d.found
        from (
            select r ->> 0 as nspname, r ->> 1 as stxname, (r ->> 3)::bool as inherited,
                jsonb_agg(r) as found
            from jsonb_array_elements(current_setting('dbaudit.expressions')::jsonb) as r
            group by 1, 2, 3
        ) as d
        join pg_catalog.pg_namespace as n on n.nspname = d.nspname
        join pg_catalog.pg_statistic_ext as s on s.stxnamespace = n.oid and s.stxname = d.stxname
        join pg_catalog.pg_class as t on t.oid = s.stxrelid
        join pg_catalog.pg_namespace as tn on tn.oid = t.relnamespace
        cross join lateral (select pg_get_statisticsobjdef_expressions(s.oid)) as e (expressions)
        where jsonb_array_length(d.found) = cardinality(e.expressions)
    loop
        twin := format('s%s_%s', object.oid, object.inherited::int);
        begin
            execute format(
                'create table "dbaudit twins".%I as select %s from %s limit 0', twin,
                (select string_agg(x || ' as e' || i, ', ') from unnest(object.expressions) with ordinality as u (x, i)),
                object.name
            );
            perform pg_catalog.pg_restore_attribute_stats(
                'version', current_setting('server_version_num')::int,
                'schemaname', 'dbaudit twins',
                'relname', twin,
                'attname', 'e' || coalesce(array_position(object.expressions, r ->> 2), i::int),
                'inherited', false,
                'null_frac', (r ->> 4)::real,
                'avg_width', (r ->> 5)::int,
                'n_distinct', (r ->> 6)::real,
                'most_common_vals', r ->> 7,
                'most_common_freqs', (r ->> 8)::real[],
                'histogram_bounds', r ->> 9,
                'correlation', (r ->> 10)::real,
                'most_common_elems', r ->> 11,
                'most_common_elem_freqs', (r ->> 12)::real[],
                'elem_count_histogram', (r ->> 13)::real[]
            )
            from jsonb_array_elements(object.found) with ordinality as u (r, i);
            insert into pg_catalog.pg_statistic_ext_data (stxoid, stxdinherit)
            select object.oid, object.inherited
            where not exists (
                select from pg_catalog.pg_statistic_ext_data
                where stxoid = object.oid and stxdinherit = object.inherited
            );
            update pg_catalog.pg_statistic_ext_data
            set stxdexpr = made.rows
            from (
                select array_agg(s order by s.staattnum) as rows, count(*) as n
                from pg_catalog.pg_statistic as s
                where s.starelid = format('"dbaudit twins".%I', twin)::regclass
            ) as made
            where stxoid = object.oid and stxdinherit = object.inherited
                and made.n = cardinality(object.expressions);
        exception when others then
            raise debug '%', sqlerrm;
        end;
    end loop;
end
$$
