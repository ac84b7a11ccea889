-- datlocprovider came with 15, its locale's column was renamed in 17: read the row as JSON.
select
    coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
    d.datcollate,
    d.datctype,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '')
from pg_catalog.pg_database as d
where d.datname = current_database()
