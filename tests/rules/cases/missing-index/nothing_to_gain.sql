-- expect: nothing
create table events (id int primary key, kind int, note text);
create index on events (kind);
insert into events select i, i % 1000, repeat('x', 500) from generate_series(1, 20000) as i;
vacuum analyze events;
