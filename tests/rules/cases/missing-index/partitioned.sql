-- expect: public.logs.logs_kind_idx severity=warning
-- servers: pg15 pg18
create schema "Old Logs";
create table logs (id int, at date not null, kind int, note text) partition by range (at);
create table logs_2024 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table "Old Logs"."Logs 2025" partition of logs
    for values from ('2025-01-01') to ('2026-01-01') partition by hash (id);
create table "Old Logs".even partition of "Old Logs"."Logs 2025" for values with (modulus 2, remainder 0);
create table "Old Logs".odd partition of "Old Logs"."Logs 2025" for values with (modulus 2, remainder 1);
insert into logs
    select i, date '2024-01-01' + i % 700, i % 1000, repeat('x', 500) from generate_series(1, 50000) as i;
vacuum analyze logs;
