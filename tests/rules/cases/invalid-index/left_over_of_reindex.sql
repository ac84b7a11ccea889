-- expect: public.orders.orders_reference_idx_ccnew
create table orders (id bigint primary key, reference text);
insert into orders select i, 'r' || i from generate_series(1, 10) as i;
create unique index orders_reference_idx on orders (reference);
update pg_index set indisvalid = false, indisunique = false where indexrelid = 'orders_reference_idx'::regclass;
insert into orders values (11, 'r1');
update pg_index set indisvalid = true, indisunique = true where indexrelid = 'orders_reference_idx'::regclass;
-- fails
reindex index concurrently orders_reference_idx;
