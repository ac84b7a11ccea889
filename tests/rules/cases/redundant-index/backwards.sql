-- expect: public.orders.orders_a
create table orders (a int, b int);
create index orders_a on orders (a desc);
create index orders_a_b on orders (a, b);
