-- expect: nothing
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
-- patch: insert into replication (kind, name, is_active) values ('replica', '10.0.0.2', false)
create table orders (id bigint primary key, note text);
create index orders_note_idx on orders (note);
select count(*) from orders;
