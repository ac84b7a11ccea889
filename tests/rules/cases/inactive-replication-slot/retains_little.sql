-- expect: nothing
-- servers: pg15 pg18
-- cleanup: select pg_drop_replication_slot('young')
select pg_create_physical_replication_slot('young', true);
