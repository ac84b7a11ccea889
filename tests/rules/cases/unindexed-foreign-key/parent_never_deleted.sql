-- expect: public.orders key=customer_id severity=info
-- option: min_table_bytes = 0
create table customers (id bigint primary key);
create table orders (id bigint primary key, customer_id bigint references customers);
insert into customers values (1);
insert into orders values (1, 1);
