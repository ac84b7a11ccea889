-- expect: nothing
-- servers: pg15 pg16 pg18
-- patch: update databases set frozenxid_age = 210000000, minmxid_age = 410000000
-- patch: update tables set frozenxid_age = 210000000, minmxid_age = 410000000
create table orders (id bigint);
