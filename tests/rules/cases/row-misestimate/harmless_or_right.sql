-- expect: nothing
-- analyze: true
create table cars (id int primary key, make int, model int, note text);
insert into cars select i, i % 100, i % 100, repeat('x', 20) from generate_series(1, 50000) as i;
create table sales (car_id int, price int);
insert into sales select i, i from generate_series(1, 50000) as i;
select pg_stat_force_next_flush();
vacuum analyze cars;
vacuum analyze sales;
