-- expect: public.events.events_kind_idx severity=info
-- patch: update queries set actual_ms = 3
create table events (id int primary key, kind int, note text);
insert into events select i, i % 1000, repeat('x', 500) from generate_series(1, 50000) as i;
vacuum analyze events;
