-- expect: figures key=public.chunks.content severity=info
-- expect: partitioned key=public.parts.content
create table chunks (id int primary key, kind int, content text);
insert into chunks select i, i % 4, repeat('x', 300) from generate_series(1, 20000) i;
create table parts (id int, content text) partition by hash (id);
create table parts_0 partition of parts for values with (modulus 2, remainder 0);
create table parts_1 partition of parts for values with (modulus 2, remainder 1);
insert into parts select i, repeat('x', 300) from generate_series(1, 4000) i;
analyze;
