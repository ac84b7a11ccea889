-- expect: nothing
create table items (id int, shelf int, document int, note text) partition by hash (shelf);
do $$ begin for n in 0..11 loop execute format('create table items_%s partition of items for values with (modulus 12, remainder %s)', n, n); end loop; end $$;
insert into items select i, i % 500, i % 3000, repeat('x', 50) from generate_series(1, 20000) i;
vacuum analyze items;
create table shelves (shelf int primary key, name text unique);
insert into shelves select i, 's' || i from generate_series(1, 500) i;
analyze shelves;
create table few (id int, shelf int) partition by hash (shelf);
create table few_0 partition of few for values with (modulus 2, remainder 0);
create table few_1 partition of few for values with (modulus 2, remainder 1);
insert into few select i, i from generate_series(1, 20000) i;
analyze few;
create index on items (shelf);
