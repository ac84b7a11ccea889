create extension pg_trgm;
create extension citext;
create type mood as enum ('sad', 'ok', 'happy');
create domain positive as int check (value > 0);
create collation by_libc (provider = libc, locale = 'C.UTF-8');
create table t (
    id bigint primary key, a int, b int, c positive, status text, code varchar(40) collate by_libc,
    plain text collate "C", kind mood, mail citext, u uuid, flag bool, active bool not null,
    deleted_at timestamptz, at timestamptz, day timestamp, price numeric(10, 2), net inet,
    meta jsonb, tags text[], place point, area box, span int4range, body text, fts tsvector
);
insert into t
select n, n % 5000, n % 777, 1 + n % 300,
    case when n % 100 = 98 then 'open' when n % 100 = 99 then 'done' else 'new' end,
    'code ' || n, 'plain ' || n, (array['sad', 'ok', 'happy']::mood[])[1 + n % 3],
    'Mail' || n || '@x.y', md5(n::text)::uuid,
    case when n % 50 = 0 then true when n % 50 > 1 then false end, n % 40 <> 0,
    case when n % 20 = 0 then '2025-01-01'::timestamptz + n * interval '1 minute' end,
    '2024-01-01'::timestamptz + (n * 7919 % 60000) * interval '5 minutes',
    '2024-01-01'::timestamp + n * interval '5 minutes', n % 1000 / 7.0,
    ('10.' || n % 200 || '.' || n % 250 || '.1')::inet,
    jsonb_build_object('k', n % 9000, 'w', 'w' || n % 10), array['t' || n % 3000, 's' || n % 10],
    point(n % 1000, n % 997), box(point(n % 1000, n % 997), point(n % 1000 + 1, n % 997 + 1)),
    int4range(n, n + 10), md5(n::text) || ' ' || md5((n * 7)::text),
    to_tsvector('simple', md5((n % 9000)::text))
from generate_series(1, 60000) as n;
create table p (id int primary key, t_id bigint, name text, b int);
insert into p select n, 1 + n % 60000, 'name' || n, n % 900 from generate_series(1, 60000) as n;
vacuum analyze;
