-- VACUUM marks no page all-visible while the commit of its rows is not flushed.
set synchronous_commit = on;
create table orders (
    id bigint primary key, status text, state text, phase text, total numeric,
    placed_at timestamptz, note text
);
insert into orders
select n, 'status ' || n % 5, 'state ' || n % 5, 'phase ' || n % 5, n % 1000,
    '2025-01-01'::timestamptz + n * interval '1 minute', md5(n::text) || md5((n + 1)::text)
from generate_series(1, 60000) as n;
create index orders_status_state_phase_idx on orders (status, state, phase);
create index orders_placed_at_idx on orders (placed_at);
create table parts (order_id bigint, line int);
insert into parts select 1 + n % 60000, n % 9 from generate_series(1, 120000) as n;
create index parts_order_id_idx on parts (order_id, line);
vacuum analyze;
