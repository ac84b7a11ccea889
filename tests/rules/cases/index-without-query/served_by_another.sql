-- expect: public.clusters.clusters_topic_idx confidence=possible
create table clusters (id int primary key, owner int, topic text, note text, unique (owner, topic));
insert into clusters select i, i / 20, 'topic ' || i % 20, repeat('x', 100) from generate_series(1, 20000) as i;
create index on clusters (topic);
create index on clusters (owner);
vacuum analyze clusters;
