-- expect: nothing
create table groups (id int primary key);
insert into groups select generate_series(0, 19);
create table kinds (id int primary key, group_id int references groups);
insert into kinds select i, i % 20 from generate_series(1, 600) i;
create index on kinds (group_id);
create table fresh (id int);
create index on fresh (id);
create table events (id int, note text);
insert into events select i, repeat('x', 1000) from generate_series(1, 60000) i;
vacuum analyze kinds, events, groups;
