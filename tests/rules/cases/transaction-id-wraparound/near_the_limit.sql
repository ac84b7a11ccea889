-- expect: public.orders key=frozenxid severity=error
-- expect: public.orders key=minmxid severity=error
-- expect: other key=minmxid severity=warning
-- patch-before-remedy: update tables set frozenxid_age = 1700000000, minmxid_age = 1900000000
-- patch: insert into databases (datname, minmxid_age, frozenxid_age) values ('other', 700000000, 250000000)
create table orders (id bigint);
