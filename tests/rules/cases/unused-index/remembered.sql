-- expect: public.orders.orders_id_idx
-- option: min_size_bytes = 0
-- patch: update databases set stats_age_seconds = 30 * 86400
-- patch: insert into missed_indexes values ('public', 'orders_note_idx', 'it was scanned while on trial')
create table orders (id bigint, note text);
insert into orders select i, 'note ' || i from generate_series(1, 1000) as i;
create index orders_note_idx on orders (note);
create index orders_id_idx on orders (id);
select count(*) from orders;
