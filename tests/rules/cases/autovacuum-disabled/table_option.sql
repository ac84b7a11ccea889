-- expect: public.orders severity=warning
-- expect: public.unwritten severity=info
-- servers: pg15 pg16 pg18
create table orders (id bigint) with (autovacuum_enabled = false);
insert into orders values (1);
create table unwritten (id bigint) with (autovacuum_enabled = false);
