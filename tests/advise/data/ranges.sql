-- VACUUM marks no page all-visible while the commit of its rows is not flushed.
set synchronous_commit = on;
create extension pg_trgm;
create extension btree_gist;
create table bookings (
    id bigint primary key, room int, during tstzrange, days daterange, low int, high int, note text
);
insert into bookings
select n, n % 500,
    tstzrange('2025-01-01'::timestamptz + n * interval '1 minute',
        '2025-01-01'::timestamptz + n * interval '1 minute' + interval '90 minutes'),
    daterange('2020-01-01'::date + n % 3000, '2020-01-01'::date + n % 3000 + 1 + n % 7),
    n, n + 1 + n % 10, md5(n::text)
from generate_series(1, 100000) as n;
create table places (id bigint primary key, place point, kind int, name text);
insert into places
select n, point(n * 7919::bigint % 100003 / 1000.0, n * 104729::bigint % 100003 / 1000.0), n % 9, md5(n::text)
from generate_series(1, 100000) as n;
create table rooms (id int, span int4range);
insert into rooms select n, int4range(n, n + 3) from generate_series(1, 200) as n;
create table hits (id bigint, network inet, note text);
insert into hits
select n, set_masklen(('10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256)::inet, 32),
    md5(n::text)
from generate_series(1, 100000) as n;
create table names (id bigint, name text);
insert into names select n, md5(n::text) from generate_series(1, 100000) as n;
vacuum analyze;
