-- expect: page confidence=certain
-- expect: joined
create table events (id int primary key, kind int, at timestamptz);
insert into events select i, i % 4, timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 20000) i;
create index on events (at);
vacuum analyze events;
