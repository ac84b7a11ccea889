-- expect: purge key=public.events.created_at
create table events (id int primary key, kind int, created_at timestamptz, note text);
create index on events (kind, created_at);
insert into events
select i, i % 1000, timestamptz '2026-01-01' + i * interval '1 minute', repeat('x', 100) from generate_series(1, 20000) as i;
vacuum analyze events;
