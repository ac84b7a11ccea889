-- expect: public.operations.by_strategy
create table operations (id int, metadata jsonb);
insert into operations select i, jsonb_build_object('strategy', 's' || i % 5) from generate_series(1, 5000) i;
create index by_strategy on operations ((metadata->>'strategy')) where metadata is not null;
create index by_size on operations ((metadata->>'size'));
analyze operations;
