-- expect: public.orders.orders_a
-- expect: public.orders.orders_id_idx
create table orders (id bigint primary key, note text);
create index orders_a on orders (note);
create unique index orders_b on orders (note);
create index orders_id_idx on orders (id);
