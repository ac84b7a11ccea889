-- expect: nothing
-- option: min_stats_age_days = 0
create table orders (id bigint primary key, note text);
create index orders_note_idx on orders (note);
select count(*) from orders;
