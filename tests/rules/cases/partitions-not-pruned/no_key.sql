-- expect: by_document key=public.items confidence=certain
-- expect: cast key=public.items
create table items (id int, shelf int, document int, note text) partition by hash (shelf);
do $$ begin for n in 0..11 loop execute format('create table items_%s partition of items for values with (modulus 12, remainder %s)', n, n); end loop; end $$;
insert into items select i, i % 500, i % 3000, repeat('x', 50) from generate_series(1, 20000) i;
vacuum analyze items;
create index on items (document);
