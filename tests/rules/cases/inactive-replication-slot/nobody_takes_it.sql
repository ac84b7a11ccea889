-- expect: gone_standby key=slot
-- servers: pg15 pg18
-- option: min_retained_bytes = 0
-- cleanup: select pg_drop_replication_slot('gone_standby')
select pg_create_physical_replication_slot('gone_standby', true);
create table orders (id bigint);
