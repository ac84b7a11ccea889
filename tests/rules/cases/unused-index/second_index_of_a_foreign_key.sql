-- expect: public.orders.orders_customer_id_at_idx
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
create table customers (id bigint primary key);
create table orders (id bigint primary key, customer_id bigint references customers, at date);
create index orders_customer_id_idx on orders (customer_id);
create index orders_customer_id_at_idx on orders (customer_id, at);
insert into customers select i from generate_series(1, 10) as i;
insert into orders select i, i % 10 + 1, now() from generate_series(1, 1000) as i;
select count(*) from orders;
