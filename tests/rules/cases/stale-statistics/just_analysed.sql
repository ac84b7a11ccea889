-- expect: nothing
-- servers: pg15 pg18
create table orders (id bigint);
insert into orders select i from generate_series(1, 2000) as i;
analyze orders;
select pg_stat_force_next_flush();
insert into orders select i from generate_series(1, 3000) as i;
