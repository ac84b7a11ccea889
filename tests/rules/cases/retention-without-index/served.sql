-- expect: nothing
create table events (id int primary key, kind int, created_at timestamptz, day date, note text);
insert into events
select i, i % 1000, timestamptz '2026-01-01' + i * interval '1 minute', date '2026-01-01' + i % 30, repeat('x', 100)
from generate_series(1, 20000) as i;
create index on events (kind, created_at);
create index on events using brin (day);
create table small (id int primary key, created_at timestamptz);
insert into small select i, timestamptz '2026-01-01' from generate_series(1, 500) as i;
vacuum analyze;
