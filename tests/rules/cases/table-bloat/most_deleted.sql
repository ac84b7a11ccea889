-- expect: public.orders
-- servers: pg15 pg18
-- option: min_wasted_bytes = 100_000
create table orders (id bigint not null, note text not null);
insert into orders select i, md5(i::text) from generate_series(1, 20000) as i;
delete from orders where id % 3 > 0;
vacuum analyze orders;
