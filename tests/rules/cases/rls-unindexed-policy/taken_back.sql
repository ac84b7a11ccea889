-- expect: public.notes.own_notes key=place_id
-- patch: insert into taken_back_indexes values ('public', 'notes', ['owner_id'], 'btree', null, 'apply took it back')
create table notes (id int primary key, owner_id int, place_id int, note text);
insert into notes select i, i % 1000, i % 1000, 'n' from generate_series(1, 20000) as i;
analyze notes;
alter table notes enable row level security;
create policy own_notes on notes using (
    owner_id = current_setting('app.owner')::int and place_id = current_setting('app.place')::int
);
