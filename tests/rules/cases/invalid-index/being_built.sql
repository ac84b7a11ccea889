-- expect: nothing
-- session: begin; update orders set reference = 'x' where id = 1
-- session: create index concurrently orders_reference_idx on orders (reference)
create table orders (id bigint primary key, reference text);
insert into orders select i, 'r' || i from generate_series(1, 10) as i;
