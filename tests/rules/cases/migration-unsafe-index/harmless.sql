-- expect: nothing
-- option: min_size_bytes = 100_000
create table orders (id int primary key, note text, total int);
insert into orders select i, repeat('x', 50), i from generate_series(1, 5000) as i;
create index orders_total on orders (total);
create index "Orders done" on orders (note);
create table events (at timestamptz) partition by range (at);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
vacuum analyze;
