-- expect: nothing
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 14
-- patch: update databases set stats_age_seconds = 15 * 86400
-- patch: insert into replication (kind, name, is_active, stats_age_seconds) values ('replica', '10.0.0.2', true, 13 * 86400)
create table orders (id bigint primary key, note text);
create index orders_note_idx on orders (note);
select count(*) from orders;
