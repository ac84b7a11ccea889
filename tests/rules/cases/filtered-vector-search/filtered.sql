-- expect: nearest key=chunks_hnsw confidence=certain
-- analyze: true
create extension vector;
create table chunks (id int primary key, collection int, embedding vector(3));
select setseed(0.5);
insert into chunks select i, i % 2000, array[random(), random(), random()]::vector from generate_series(1, 20000) i;
create index chunks_hnsw on chunks using hnsw (embedding vector_l2_ops);
analyze chunks;
alter table chunks set (parallel_workers = 0);
