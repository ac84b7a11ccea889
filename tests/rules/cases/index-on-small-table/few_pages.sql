-- expect: public.kinds.kinds_group_idx severity=info
create table kinds (id int primary key, "group" int, name text unique);
insert into kinds select i, i % 20, 'kind ' || i from generate_series(1, 600) i;
create index kinds_group_idx on kinds ("group");
create table events (id int, kind int, note text);
insert into events select i, i % 600, repeat('x', 1000) from generate_series(1, 60000) i;
create index on events (kind);
vacuum analyze kinds, events;
