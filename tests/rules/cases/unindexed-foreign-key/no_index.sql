-- expect: public.orders key=customer_id severity=warning
-- servers: pg15 pg16 pg18
-- option: min_table_bytes = 0
create table customers (id bigint primary key);
create table orders (id bigint primary key, customer_id bigint references customers);
insert into customers select i from generate_series(1, 10) as i;
insert into orders select i, i % 5 + 1 from generate_series(1, 100) as i;
delete from customers where id > 8;
