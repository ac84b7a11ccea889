-- expect: public.orders.orders_note_idx confidence=likely
-- servers: pg15 pg16 pg18
-- option: min_size_bytes = 0
-- patch: update databases set stats_age_seconds = 30 * 86400
create table orders (id bigint primary key, note text);
insert into orders select i, 'note ' || i from generate_series(1, 1000) as i;
create index orders_note_idx on orders (note);
select count(*) from orders;
