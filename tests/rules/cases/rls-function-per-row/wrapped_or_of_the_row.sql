-- expect: nothing
create schema auth;
create function auth.uid() returns int language sql stable as $$ select current_setting('app.uid')::int $$;
create function auth.may_read(int) returns boolean language sql stable as $$ select $1 > 0 $$;
create table notes (id int primary key, owner_id int, is_public boolean, note text);
insert into notes select i, i % 1000, i % 2 = 0, 'n' from generate_series(1, 20000) as i;
analyze notes;
alter table notes enable row level security;
create policy own_notes on notes using (owner_id = (select current_setting('app.owner', true)::int));
create policy members on notes using ((select auth.uid()) = owner_id);
create policy readers on notes using (auth.may_read(owner_id));
create policy mine on notes using (note = current_user);
