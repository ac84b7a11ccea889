-- expect: public.events.events_kind_idx severity=warning
-- patch: update queries set actual_ms = 30
create table events (id int primary key, kind int, note text);
insert into events select i, i % 1000, repeat('x', 50) from generate_series(1, 10000) as i;
vacuum analyze events;
