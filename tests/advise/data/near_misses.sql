-- VACUUM marks no page all-visible while the commit of its rows is not flushed.
set synchronous_commit = on;
create collation by_libc (provider = libc, locale = 'C.UTF-8');
create table orders (
    id bigint primary key, customer_id int, status text, region text, code text collate by_libc,
    total numeric, placed_at timestamptz, note text
);
insert into orders
select n, n % 5000, (array['new', 'paid', 'sent'])[1 + n % 3], 'r' || n % 40, 'code ' || n,
    n % 1000, '2025-01-01'::timestamptz + n * interval '1 minute', md5(n::text)
from generate_series(1, 60000) as n;
create table parts (order_id bigint references orders on update cascade, kind text, line int);
insert into parts select 1 + n % 60000, 'kind ' || n % 7, n % 9 from generate_series(1, 60000) as n;
create index orders_customer_id_placed_at_idx on orders (customer_id, placed_at);
create schema "Odd ""schema""";
create table "Odd ""schema"""."Tàble. one" ("Käy ""x""" int, "group" text, v int);
insert into "Odd ""schema"""."Tàble. one" select n, 'g' || n, n from generate_series(1, 40000) as n;
create table metrics (device int, at timestamptz, value float8) partition by range (at);
create table metrics_1 partition of metrics for values from ('2025-01-01') to ('2025-02-01');
create table metrics_2 partition of metrics for values from ('2025-02-01') to ('2025-03-01');
insert into metrics select n % 2000, '2025-01-01'::timestamptz + n * interval '1 minute', n
from generate_series(1, 80000) as n;
create view open_orders as select * from orders where status <> 'sent';
vacuum analyze;
