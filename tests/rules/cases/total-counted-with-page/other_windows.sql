-- expect: nothing
create table events (id int primary key, kind int, at timestamptz);
insert into events select i, i % 4, timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 20000) i;
create index on events (at);
create table few (id int primary key);
insert into few select generate_series(1, 200);
vacuum analyze events, few;
