create extension pg_trgm;
create table country (code text primary key, name text not null);
insert into country select 'c' || i, 'Country ' || i from generate_series(1, 60) as i;
create table customer (
    id bigint generated always as identity primary key,
    email text not null unique,
    country text not null references country,
    birthday date,
    created_at timestamptz not null,
    vip boolean not null default false
);
insert into customer (email, country, birthday, created_at, vip)
select
    'user' || i || '@example.com', 'c' || 1 + (i * i) % 60,
    case when i % 4 = 0 then date '1960-01-01' + i % 15000 end,
    timestamptz '2025-01-01' + i * interval '7 minutes', i % 200 = 0
from generate_series(1, 30000) as i;
create table orders (
    id bigserial primary key,
    customer_id bigint not null references customer,
    status text not null,
    total numeric(12, 2) not null,
    created_at timestamptz not null,
    meta jsonb not null,
    tags int[] not null,
    note text
);
insert into orders (customer_id, status, total, created_at, meta, tags, note)
select
    1 + (i::bigint * 7919) % 30000, (array['new', 'paid', 'paid', 'paid', 'sent', 'sent'])[1 + i % 6],
    (i * 31 % 100000) / 100.0, timestamptz '2025-01-01' + i * interval '1 minute',
    jsonb_build_object('k', i % 1000, 'channel', 'ch' || i % 7, 'ref', md5(i::text)),
    array[i % 100, 100 + i % 37, 200 + i % 11],
    case when i % 3 = 0 then 'please deliver ' || md5((i % 5000)::text) end
from generate_series(1, 150000) as i;
create index orders_customer_id_idx on orders (customer_id);
create table item (
    order_id bigint not null references orders on delete cascade,
    line int not null,
    sku text not null,
    quantity int not null,
    price numeric(10, 2) not null,
    primary key (order_id, line)
);
insert into item
select o, l, 'sku-' || (o * 13 + l) % 4000, 1 + (o + l) % 5, (o % 977) / 10.0
from generate_series(1, 100000) as o, generate_series(1, 3) as l;
create table article (id int primary key, title text not null, body tsvector not null);
insert into article
select i, 'Title ' || i, to_tsvector('english', string_agg('word' || (i::bigint * j * 7919 % 3000), ' '))
from generate_series(1, 20000) as i, generate_series(1, 20) as j group by i;
create view paid_orders as select * from orders where status = 'paid';
vacuum analyze;
