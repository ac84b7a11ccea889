-- expect: public.notes.notes_hash_idx confidence=possible
-- expect: public.notes.notes_lower_idx
-- servers: pg15 pg18
create table notes (id int primary key, hash text, title text, at date);
insert into notes select i, md5(i::text), 'title ' || i, date '2026-01-01' + i % 300 from generate_series(1, 20000) as i;
create index on notes (hash);
create index on notes (lower(hash));
create index on notes (at);
analyze notes;
