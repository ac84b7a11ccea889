-- expect: nothing
create schema other;
create table other.orders (id int);
create index orders_elsewhere on other.orders (id);
create table orders (id int primary key, customer int, note text, at timestamptz, kind text, meta jsonb);
create index orders_customer on orders (id, customer);
create index orders_same on orders (date_trunc('day', at at time zone 'UTC'), (meta ->> 'k'))
    where kind in ('a', 'b') and note is not null;
