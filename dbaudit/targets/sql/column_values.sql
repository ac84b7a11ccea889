-- Values of the planner's statistics, for the columns that parameters are compared with.
select
    s.schemaname::text,
    s.tablename::text,
    s.attname::text,
    s.most_common_vals::text::text[],
    s.histogram_bounds::text::text[]
from pg_catalog.pg_stats as s
join unnest(%s::text[], %s::text[], %s::text[]) as wanted(schemaname, tablename, attname)
    on wanted.schemaname = s.schemaname and wanted.tablename = s.tablename
    and wanted.attname = s.attname
order by s.schemaname, s.tablename, s.attname, s.inherited
