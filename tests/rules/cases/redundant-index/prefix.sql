-- expect: public.orders.orders_a
-- servers: pg15 pg16 pg18
create table orders (a int, b int, c int);
create index orders_a on orders (a);
create index orders_a_b on orders (a, b);
