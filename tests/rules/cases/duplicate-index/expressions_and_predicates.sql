-- expect: public.orders.b
-- expect: public.orders.d
-- expect: public.orders.f
create table orders (id bigint primary key, note text, tags jsonb, at date);
create index a on orders (lower(note), coalesce(note, 'x, y'));
create index b on orders (lower(note), coalesce(note, 'x, y'));
create index c on orders (at) include (note) where note is not null;
create index d on orders (at) include (note) where note is not null;
create index e on orders using gin (tags);
create index f on orders using gin (tags);
