-- expect: nothing
create table pages (id int primary key, hash text);
create table cache (id int primary key, page_ids int[], note text);
create table few (page_ids int[]);
insert into cache select i, array[i % 100, i % 77], 'n' from generate_series(1, 20000) as i;
create index on cache using gin (page_ids);
create index on cache (lower(note));
create function contained() returns trigger language plpgsql as $$ begin delete from cache where page_ids @> array[new.id]; return null; end $$;
create trigger contained after update on pages for each row execute function contained();
create function by_key(k int, n text) returns void language plpgsql as $$ begin delete from cache where id = k and n = any (array[note]); update few set page_ids = null where k = any (page_ids); perform 1 from cache where lower(note) = n; end $$;
create function in_c() returns int language internal as 'pg_backend_pid';
analyze;
