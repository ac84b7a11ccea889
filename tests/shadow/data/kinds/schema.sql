create schema sales;
create schema "Odd ""q"". 😀";
do $$
begin
    if not exists (select from pg_roles where rolname = 'kinds_app') then
        create role kinds_app;
        create role kinds_reader in role kinds_app;
    end if;
end
$$;

create table sales.measure (id bigint, at date not null, sensor int not null, value float8, note text)
partition by range (at);
do $$
begin
    for month in 0..11 loop
        execute format(
            'create table sales.measure_%s partition of sales.measure for values from (%L) to (%L)',
            month, date '2025-01-01' + month * interval '1 month',
            date '2025-01-01' + (month + 1) * interval '1 month'
        );
    end loop;
end
$$;
create table sales.measure_rest partition of sales.measure default;
alter table sales.measure add primary key (id, at);
create index on sales.measure (sensor, at);
insert into sales.measure
select i, date '2025-01-01' + i % 365, i * 7 % 997, i % 1000 / 10.0, 'note ' || i % 50
from generate_series(1, 200000) as i;

create table tenant_event (tenant int not null, id bigint not null, kind text not null, at timestamptz not null)
partition by hash (tenant);
do $$
begin
    for n in 0..119 loop
        execute format(
            'create table tenant_event_%s partition of tenant_event for values with (modulus 120, remainder %s)', n, n
        );
    end loop;
end
$$;
insert into tenant_event
select i % 600, i, 'kind ' || i % 40, timestamptz '2025-01-01' + i * interval '1 minute'
from generate_series(1, 240000) as i;

create table region_sale (region text not null, at date not null, amount numeric(12, 2), customer int)
partition by list (region);
create table region_sale_eu partition of region_sale for values in ('de', 'fr', 'it') partition by range (at);
create table region_sale_eu_old partition of region_sale_eu for values from (minvalue) to ('2025-07-01');
create table region_sale_eu_new partition of region_sale_eu for values from ('2025-07-01') to (maxvalue);
create table region_sale_us partition of region_sale for values in ('us');
create table region_sale_other partition of region_sale default;
insert into region_sale
select (array['de', 'fr', 'it', 'us', 'us', 'jp'])[1 + i % 6], date '2025-01-01' + i % 365,
    i % 90000 / 7.0, i % 3000
from generate_series(1, 120000) as i;

create table vehicle (id int primary key, plate text not null, bought date);
create table car (doors int) inherits (vehicle);
create table lorry (tons float8) inherits (vehicle);
create index on car (plate);
insert into vehicle select i, 'v' || i, date '2020-01-01' + i % 1500 from generate_series(1, 5000) as i;
insert into car select i, 'c' || i, date '2020-01-01' + i % 1500, i % 5 from generate_series(1, 40000) as i;
insert into lorry select i, 'l' || i, date '2020-01-01' + i % 1500, i % 40 from generate_series(1, 20000) as i;

create domain email_address as text check (value like '%@%');
create domain positive as int check (value > 0);
create type mood as enum ('sad', 'ok', 'happy');
create type geo_point as (lat float8, lon float8);
create table person (
    id int generated always as identity primary key,
    email email_address not null,
    age positive,
    feeling mood not null,
    home geo_point,
    first_name text collate "C" not null,
    last_name text not null,
    full_name text generated always as (first_name || ' ' || last_name) stored,
    gone boolean not null default false
);
insert into person (email, age, feeling, home, first_name, last_name, gone)
select 'p' || i || '@example.org', 1 + i % 90, (array['sad', 'ok', 'ok', 'happy'])[1 + i % 4]::mood,
    row(i % 180 - 90, i % 360 - 180)::geo_point, 'first ' || i % 700, 'last ' || i % 12000, i % 100 = 0
from generate_series(1, 60000) as i;
create index person_email_idx on person (email);
create index person_lower_idx on person (lower(last_name));
create index person_feeling_idx on person (feeling, age) where not gone;
create statistics person_expressions on (age % 10), lower(first_name) from person;
create statistics person_one on (age % 7) from person;

create table address (person_id int not null references person, city text not null, zip text not null, state text not null, kind int not null);
insert into address
select 1 + i % 60000, 'city ' || i % 400, 'zip ' || i % 2000, 'state ' || i % 400 / 20, i % 3
from generate_series(1, 90000) as i;
create statistics address_place (ndistinct, dependencies, mcv) on city, zip, state from address;
create index on address (person_id);

create table visit (
    person_id int not null, address_zip text not null, day date not null, pages int not null,
    foreign key (person_id) references person
) with (fillfactor = 70, parallel_workers = 3, toast_tuple_target = 256);
insert into visit
select 1 + i::bigint * 7919 % 60000, 'zip ' || i % 2000, date '2025-01-01' + i % 300, i % 30
from generate_series(1, 200000) as i;
alter table visit alter column pages set statistics 1000;
alter table visit alter column day set (n_distinct = 365);

create materialized view visits_by_day as
select day, pages, count(*) as visits, sum(pages) as total from visit group by day, pages;
create index visits_by_day_idx on visits_by_day (day);
create view happy_person as select * from person where feeling = 'happy' and not gone;
create view happy_visit as
select p.email, p.last_name, v.day, v.pages from happy_person p join visit v on v.person_id = p.id;
create view person_secret with (security_barrier) as select * from person where age > 18;

create table document (id int primary key, owner text not null, team int not null, body text);
insert into document select i, 'user' || i % 900, i % 40, repeat('x', i % 300) from generate_series(1, 50000) as i;
create table team_member (team int not null, member text not null, primary key (team, member));
insert into team_member select i % 40, 'user' || i from generate_series(1, 900) as i;
alter table document enable row level security;
alter table document force row level security;
create policy own on document for select to kinds_app
using (owner = current_setting('app.user', true)
    or team in (select team from team_member where member = current_setting('app.user', true)));
grant usage on schema public, sales to kinds_app;
grant select on all tables in schema public to kinds_app;

create table "Odd ""q"". 😀"."Tab.le 'x' $1" ("I d" int primary key, "päth/;--" text, "select" int);
insert into "Odd ""q"". 😀"."Tab.le 'x' $1" select i, 'p' || i % 5000, i % 20 from generate_series(1, 30000) as i;
create table ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc (id int, ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd int);
insert into ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc select i, i % 1000 from generate_series(1, 20000) as i;
create unlogged table scratch (k int, v text);
insert into scratch select i % 3000, 'v' || i from generate_series(1, 30000) as i;
create table sales.scratch (k int, v text);
insert into sales.scratch select i % 30, 'v' || i from generate_series(1, 30000) as i;

create function is_recent(d date) returns boolean language sql immutable as $$ select d > date '2025-10-01' $$;
create function score(n int) returns int language plpgsql stable cost 2500 as $$ begin return n * 2; end $$;
create function some_days() returns setof date language plpgsql stable rows 37 as
$$ begin return query select date '2025-01-01' + g from generate_series(1, 5) as g; end $$;
create function lucky() returns int language plpgsql volatile as $$ begin return 7; end $$;
create aggregate longest(text) (sfunc = textcat, stype = text);
create function point_of(lat float8, lon float8) returns geo_point language sql immutable as
$$ select row(lat, lon)::geo_point $$;

create table gone_column (a int, b int, c int, d int);
alter table gone_column drop column b;
insert into gone_column select i, i % 70, i % 70 / 7 from generate_series(1, 40000) as i;
create statistics gone_stats (ndistinct, dependencies, mcv) on c, d from gone_column;
create table never_analysed (id int, body text) with (autovacuum_enabled = off);
create table empty_table (id int primary key, body text);
create table one_page (id int primary key, body text);
insert into one_page select i, 'b' || i from generate_series(1, 12) as i;
create table ticket (id bigint primary key, at timestamptz not null, state text not null, parent bigint references ticket on delete cascade);
insert into ticket select i, timestamptz '2025-01-01' + i * interval '90 seconds', (array['open', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done', 'done'])[1 + i % 10], nullif(i / 10, 0)
from generate_series(1, 300000) as i;
create index ticket_at_idx on ticket (at);
create index ticket_state_brin on ticket using brin (at) with (pages_per_range = 16);
create index ticket_state_hash on ticket using hash (state);
create table label (id int primary key, tags text[], span int4range, data jsonb, words tsvector);
insert into label
select i, array['t' || i % 60, 'u' || i % 7], int4range(i, i + 10),
    jsonb_build_object('k', i % 800, 's', 's' || i % 5), to_tsvector('simple', 'w' || i % 900 || ' x' || i % 12)
from generate_series(1, 40000) as i;
create index label_tags_idx on label using gin (tags);
create index label_data_idx on label using gin (data jsonb_path_ops);
create index label_words_idx on label using gin (words) with (fastupdate = off);
create index label_span_idx on label using gist (span);
vacuum analyze;
insert into never_analysed select i, 'body ' || i from generate_series(1, 20000) as i;
delete from ticket where id > 290000 and id % 3 = 0 and not exists (select from ticket c where c.parent = ticket.id);
insert into ticket select i, timestamptz '2025-01-01' + i * interval '90 seconds', 'open', null from generate_series(300001, 310000) as i;
