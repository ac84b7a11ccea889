-- expect: nothing
create table clusters (id int primary key, owner int, topic text, note text, unique (owner, id));
insert into clusters select i, i / 20, 'topic ' || i % 2, repeat('x', 100) from generate_series(1, 20000) as i;
create index on clusters (topic);
vacuum analyze clusters;
