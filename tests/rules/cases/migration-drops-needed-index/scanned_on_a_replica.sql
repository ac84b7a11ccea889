-- expect: public.orders.orders_kind severity=info confidence=possible
-- patch: update indexes set replica_idx_scan = case indexname when 'orders_kind' then 250 else 3 end
create table orders (id int primary key, kind int, note text);
insert into orders select i, i % 500, 'x' from generate_series(1, 20000) as i;
create index orders_kind on orders (kind);
create index orders_note on orders (note);
vacuum analyze;
