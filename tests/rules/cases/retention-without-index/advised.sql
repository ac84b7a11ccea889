-- expect: nothing
-- advise: true
create table events (id int primary key, kind int, created_at timestamptz, note text);
insert into events
select i, i % 1000, timestamptz '2026-01-01' + i * interval '1 minute', repeat('x', 100) from generate_series(1, 60000) as i;
vacuum analyze events;
