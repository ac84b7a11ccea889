-- expect: public.orders.orders_b
-- servers: pg15 pg16 pg18
create table orders (id bigint primary key, note text);
create index orders_a on orders (note);
create index orders_b on orders (note);
