-- expect: by_kind key=public.events
-- analyze: true
create table events (id int, kind int, note text) partition by range (id);
create table events_1 partition of events for values from (0) to (10000);
create table events_2 partition of events for values from (10000) to (20001);
insert into events select i, i % 1000, repeat('x', 500) from generate_series(1, 20000) as i;
vacuum analyze events;
