-- expect: purge key=public.events.created_at severity=info
-- advise: true
create table events (id int primary key, created_at timestamptz, note text);
insert into events
select i, timestamptz '2026-01-01' + (i * 7919 % 20000) * interval '1 minute', repeat('x', 100) from generate_series(1, 20000) as i;
vacuum analyze events;
