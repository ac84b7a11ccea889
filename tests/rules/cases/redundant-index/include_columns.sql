-- expect: public.orders.orders_a
-- expect: public.orders.orders_a_include_b
create table orders (a int, b int, c int);
create index orders_a on orders (a);
create index orders_a_include_b on orders (a) include (b);
create index orders_a_include_c_b on orders (a) include (c, b);
