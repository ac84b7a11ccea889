-- expect: public.orders key=customer_id severity=info
-- expect: public.orders key=place_id severity=warning
-- option: min_table_bytes = 0
-- patch: insert into taken_back_indexes values ('public', 'orders', ['customer_id'], 'btree', null, 'apply took it back')
-- patch: insert into taken_back_indexes values ('public', 'orders', ['id', 'place_id'], 'btree', null, 'apply took it back')
create table customers (id bigint primary key);
create table places (id bigint primary key);
create table orders (
    id bigint primary key, customer_id bigint references customers, place_id bigint references places
);
insert into customers select i from generate_series(1, 10) as i;
insert into places select i from generate_series(1, 10) as i;
insert into orders select i, i % 5 + 1, i % 5 + 1 from generate_series(1, 100) as i;
delete from customers where id > 8;
delete from places where id > 8;
