-- expect: public.orders.orders_pkey
-- expect: public.orders.orders_note_idx
-- servers: pg15 pg18
-- option: min_wasted_bytes = 100_000
-- option: min_wasted_ratio = 0.4
create table orders (id bigint primary key, note text not null);
insert into orders select i, md5(i::text) from generate_series(1, 20000) as i;
create index orders_note_idx on orders (note);
delete from orders where id % 2 = 0;
vacuum analyze orders;
