-- expect: nothing
create table authors (id int primary key);
insert into authors select generate_series(1, 100);
create table notes (id int primary key, hash text unique, author_id int references authors, title text, at date, kind text, tags int[]);
insert into notes select i, md5(i::text), i % 100 + 1, 'title ' || i, date '2026-01-01' + i % 300, 'k', array[i]
from generate_series(1, 20000) as i;
create index on notes (author_id);
create index on notes (title);
create index on notes (at);
create index on notes (lower(kind));
create index on notes using gin (tags);
create function forget(tag int) returns void language sql as $$ delete from notes where tags @> array[tag] $$;
analyze notes;
create table others (id int primary key, n int);
insert into others select i, i from generate_series(1, 20000) as i;
create index on others (n);
analyze others;
create table scanned (id int primary key, n int);
insert into scanned select i, i from generate_series(1, 20000) as i;
create index on scanned (n);
analyze scanned;
set enable_seqscan = off;
select * from scanned where n = 7;
