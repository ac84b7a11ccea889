-- expect: public.orders
-- servers: pg15 pg16 pg18
create table orders (id bigint) with (autovacuum_enabled = false);
insert into orders select i from generate_series(1, 2000) as i;
