-- expect: matched
-- analyze: true
create table lefts (id int primary key, x int);
create table rights (id int primary key, y int);
insert into lefts select i, i % 1000 from generate_series(1, 10000) as i;
insert into rights select i, i % 1000 + 990 from generate_series(1, 10000) as i;
select pg_stat_force_next_flush();
vacuum analyze lefts;
vacuum analyze rights;
