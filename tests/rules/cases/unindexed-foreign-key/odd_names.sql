-- expect: S " p.Ta ble 🙂 key=A_"a"_with_a_long_name_of_63_bytes_or_so_to_fill_the_identifier
-- expect: public.orders key=customer_id
-- option: min_table_bytes = 0
create schema "S "" p";
create table customers (id bigint primary key);
create table "S "" p"."Ta ble 🙂" ("A_""a""_with_a_long_name_of_63_bytes_or_so_to_fill_the_identifier" bigint references customers);
create table orders (customer_id bigint references customers);
create index orders_customer_id_idx on customers (id) where id > 7;
insert into customers values (1);
insert into orders values (1);
insert into "S "" p"."Ta ble 🙂" values (1);
