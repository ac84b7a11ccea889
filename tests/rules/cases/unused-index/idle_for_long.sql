-- expect: public.orders.orders_note_idx confidence=possible
-- since: 16
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
-- patch-before-remedy: update indexes set last_idx_scan_age_seconds = 200 * 86400 where last_idx_scan_age_seconds is not null and indexname = 'orders_note_idx'
create table orders (id bigint primary key, note text);
insert into orders select i, 'note ' || i from generate_series(1, 1000) as i;
create index orders_note_idx on orders (note);
set enable_seqscan = off;
select id from orders where note = 'note 7';
