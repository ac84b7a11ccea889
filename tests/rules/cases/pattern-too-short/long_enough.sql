-- expect: nothing
create table docs (id int primary key, title text);
insert into docs select i, 'title ' || md5(i::text) from generate_series(1, 20000) as i;
create table few (id int primary key, title text);
insert into few select i, 'title ' || md5(i::text) from generate_series(1, 200) as i;
vacuum analyze docs;
vacuum analyze few;
