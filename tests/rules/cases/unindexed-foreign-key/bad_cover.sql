-- expect: public.a key=customer_id
-- expect: public.b key=customer_id
-- expect: public.c key=customer_id
-- expect: public.d key=customer_id
-- expect: public.e key=customer_id
-- option: min_table_bytes = 0
create table customers (id bigint primary key);
create table a (customer_id bigint references customers, kind int);
create table b (customer_id bigint references customers, kind int);
create table c (customer_id bigint references customers, kind int);
create table d (customer_id bigint references customers, kind int);
create table e (customer_id bigint references customers, kind int);
create index on a (kind, customer_id);
create index on b (customer_id) where kind = 1;
create index on c using brin (customer_id);
create index on d ((customer_id + 0));
create index e_customer_id_idx on e (customer_id);
update pg_index set indisvalid = false where indexrelid = 'e_customer_id_idx'::regclass;
insert into customers values (1);
insert into a values (1, 1);
insert into b values (1, 1);
insert into c values (1, 1);
insert into d values (1, 1);
insert into e values (1, 1);
