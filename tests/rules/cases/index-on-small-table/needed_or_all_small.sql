-- expect: nothing
create table kinds (id int primary key, name text);
insert into kinds select i, 'kind ' || i from generate_series(1, 600) i;
create index on kinds (name);
vacuum analyze kinds;
