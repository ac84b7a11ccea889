-- expect: nothing
-- advise: true
create table tickets (id bigint primary key, owner_id bigint, note text) with (fillfactor = 80);
insert into tickets select i, i % 900, repeat('x', 100) from generate_series(1, 20000) as i;
vacuum analyze tickets;
alter table tickets enable row level security;
create policy own on tickets using (owner_id = current_setting('app.user', true)::bigint);
