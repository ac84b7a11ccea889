-- expect: nothing
-- servers: pg15 pg18
-- sent: 20 select * from posts where user_id = {n} limit 10
-- sent: 900 select * from users where id = {n}
-- sent: 250 select * from orders where id = {n}
-- sent: 250 select * from items where order_id = {n}
-- sent: 30 select * from workers
-- sent: 300 select * from workers where id = {n}
-- sent: 25 select * from news limit 10
-- sent: 250 select * from settings where name = 'n{n}'
-- sent: 25 select * from tags where news_id = any (array[{n}, 1, 2])
-- sent: 250 select * from tags where news_id in ({n}, 1, 2)
create extension pg_stat_statements;
-- A lookup by primary key that is simply asked often; one that runs as often as what gives its key; each worker
-- looks for itself beside one that watches all; equal numbers without a link; lists of keys.
create table users (id int primary key, name text);
create table posts (id int primary key, user_id int references users);
create table orders (id int primary key, note text);
create table items (id int primary key, order_id int references orders);
create table workers (id int primary key, beat timestamptz);
create table news (id int primary key, body text);
create table tags (id int primary key, news_id int references news);
create table settings (name text primary key, value text);
insert into users select n from generate_series(0, 999) as n;
insert into posts select n, n % 20 from generate_series(0, 399) as n;
insert into orders select n from generate_series(0, 249) as n;
insert into items select n, n % 250 from generate_series(0, 499) as n;
insert into workers select n from generate_series(0, 9) as n;
insert into news select n from generate_series(0, 9) as n;
