-- expect: by_id key=public.logs
-- expect: both key=public.logs
create table logs (id int, at date, region int) partition by range (at);
do $$ begin
for n in 1..6 loop execute format('create table logs_%s partition of logs for values from (%L) to (%L) partition by list (region)',
    n, date '2026-01-01' + n * 30, date '2026-01-01' + n * 30 + 30); execute format('create table logs_%s_a partition of logs_%s for values in (1)', n, n); execute format('create table "logs %s b" partition of logs_%s default', n, n); end loop; end $$;
insert into logs select i, date '2026-01-31' + i % 180, i % 3 from generate_series(1, 20000) i;
analyze logs;
