-- expect: nothing
-- servers: pg15 pg16 pg18
create table orders (id bigserial primary key);
select setval('orders_id_seq', 2147483640);
create sequence unused maxvalue 10;
create sequence round_and_round maxvalue 10 cycle;
select setval('round_and_round', 9);
create sequence down increment -1 minvalue -100 maxvalue -1;
select setval('down', -2);
create sequence whole minvalue -9223372036854775808 start 1;
select setval('whole', 5);
create table small (id serial primary key);
select setval('small_id_seq', 1000000);
