-- expect: public.orders key=frozenxid severity=warning
-- servers: pg15 pg18
-- patch: update databases set frozenxid_age = 0 where frozenxid_age is not null
-- patch: update settings set setting = '200' where name = 'autovacuum_freeze_max_age'
create table orders (id bigint);
insert into orders values (1);
do $$ begin for i in 1..400 loop perform txid_current(); commit; end loop; end $$;
