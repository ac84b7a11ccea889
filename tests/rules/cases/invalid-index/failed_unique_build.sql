-- expect: public.orders.orders_reference_idx
-- servers: pg15 pg16 pg18
create table orders (id bigint primary key, reference text);
insert into orders select i, 'r' || i / 2 from generate_series(1, 10) as i;
-- fails
create unique index concurrently orders_reference_idx on orders (reference);
update orders set reference = 'r' || id;
