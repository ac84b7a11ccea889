-- expect: nothing
-- servers: pg15 pg18
create table orders (id bigint primary key);
create unlogged table staging (id bigint);
create table events (at date primary key) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create materialized view totals as select count(*) from orders;
