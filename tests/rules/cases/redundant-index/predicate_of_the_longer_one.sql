-- expect: public.orders.orders_a_partial
create table orders (a int, b int);
create index orders_a on orders (a);
create index orders_a_partial on orders (a) where b > 0;
create index orders_a_b_partial on orders (a, b) where b > 0;
