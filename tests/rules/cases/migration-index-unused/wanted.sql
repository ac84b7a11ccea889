-- expect: nothing
create table orders (id int primary key, customer int, note text, total int);
insert into orders select i, i % 500, repeat('x', 50), i % 300 from generate_series(1, 20000) as i;
create table lines (id int, orders_id int references orders, code int);
insert into lines select i, i, i % 300 from generate_series(1, 20000) as i;
create index lines_code_id on lines (code, id);
create table "Small ""S" ("Kéy" int, note text);
create function found() returns bigint language sql as $$ select count(*) from orders where note = 'y' $$;
vacuum analyze;
