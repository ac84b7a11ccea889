-- expect: nothing
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
create table customers (id bigint primary key, email text unique, code text not null, during int4range,
    exclude using gist (during with &&));
create unique index customers_code_key on customers (code);
alter table customers replica identity using index customers_code_key;
create table orders (id bigint primary key, customer_id bigint references customers on delete cascade, at date,
    kind int);
create index orders_customer_id_idx on orders (customer_id);
create index orders_at_idx on orders (at);
alter table orders cluster on orders_at_idx;
select count(*) from customers, orders;
