-- expect: public.forget confidence=likely
-- expect: public.clean_up
-- servers: pg15 pg18
create table pages (id int primary key, hash text);
create table cache (id int primary key, page_ids int[], note text);
insert into pages select i, 'h' || i from generate_series(1, 100) as i;
insert into cache select i, array[i % 100, i % 77], 'n' from generate_series(1, 20000) as i;
create index on cache using gin (page_ids);
create function forget() returns trigger language plpgsql as $$ begin delete from cache where new.id = any (page_ids); return null; end $$;
create trigger forget after update on pages for each row execute function forget();
create function clean_up(p_note text) returns void language sql as $$ delete from cache where lower(note) = p_note $$;
analyze;
