-- expect: public.notes.own_notes key=owner_id
-- servers: pg15 pg18
create table notes (id int primary key, owner_id int, is_public boolean, note text);
insert into notes select i, i % 1000, i % 2 = 0, 'n' from generate_series(1, 20000) as i;
analyze notes;
alter table notes enable row level security;
create policy own_notes on notes using (owner_id = current_setting('app.owner')::int);
