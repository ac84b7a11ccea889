-- expect: select * from items where order_id = ? severity=info confidence=possible
-- expect: select name from author where author_no = ? severity=info confidence=possible
-- servers: pg15 pg18
-- sent: 25 select id, note from orders where shop_id = {n}
-- sent: 500 select * from items where order_id = {n}
-- sent: 20 select id, title, written_by from book where shelf = {n}
-- sent: 240 select name from author where author_no = {n}
create extension pg_stat_statements;
create table orders (id int primary key, shop_id int, note text);
create table items (id int primary key, order_id int references orders, note text);
create table author (author_no int primary key, name text);
create table book (id int primary key, shelf int, title text, written_by int references author);
insert into orders select n, n % 25 from generate_series(0, 499) as n;
insert into author select n from generate_series(0, 9) as n;
insert into book select n, n % 20, 'a title', n % 10 from generate_series(0, 239) as n;
