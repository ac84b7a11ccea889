-- expect: nothing
-- patch: update settings set setting = '1000000000' where name = 'autovacuum_freeze_max_age'
-- patch: update tables set frozenxid_age = 1100000000
create table orders (id bigint);
