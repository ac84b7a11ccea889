-- expect: nothing
create table operations (id int, metadata jsonb);
insert into operations select i, jsonb_build_object('strategy', 's' || i % 5) from generate_series(1, 5000) i;
create index on operations ((metadata->>'strategy'));
create index on operations using gin (metadata);
create index on operations ((metadata->'size'));
analyze operations;
