-- expect: nothing
-- analyze: true
create extension pg_trgm;
create table few (id int, note text);
insert into few select i, 'n' || i from generate_series(1, 100) as i;
create table events (id int primary key, kind int, created_at timestamptz, note text);
insert into events
select i, i % 1000, timestamptz '2026-01-01' + i * interval '1 minute', repeat('x', 500) from generate_series(1, 20000) as i;
vacuum analyze events;
create index on events (lower(note));
create index on events using gin (note gin_trgm_ops);
vacuum analyze events;
