-- expect: public.orders.orders_note_idx confidence=likely
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
-- patch: update indexes set replica_idx_scan = case indexname when 'orders_kind_idx' then 3 else 0 end
-- patch: insert into replication (kind, name, is_active) values ('standby', 'walreceiver', true)
-- patch: insert into replication (kind, name, is_active, stats_age_seconds) values ('replica', '10.0.0.2', true, 99)
create table orders (id bigint primary key, note text, kind text);
create index orders_note_idx on orders (note);
create index orders_kind_idx on orders (kind);
select count(*) from orders;
