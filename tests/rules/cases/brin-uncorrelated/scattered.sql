-- expect: public.events.events_at key=at confidence=certain
-- expect: public.parts key=at
create table events (id int, at timestamptz, note text);
insert into events select i, timestamptz '2026-01-01' + hashint4(i) % 100000 * interval '1 minute', repeat('x', 100)
from generate_series(1, 20000) as i;
create index events_at on events using brin (at);
create index events_id on events using brin (id);
create table parts (id int, at timestamptz) partition by hash (id);
create table parts_0 partition of parts for values with (modulus 2, remainder 0);
create table parts_1 partition of parts for values with (modulus 2, remainder 1);
insert into parts select i, timestamptz '2026-01-01' + hashint4(i) % 100000 * interval '1 minute' from generate_series(1, 20000) as i;
create index on parts_0 using brin (at);
create index on parts_1 using brin (at);
analyze;
