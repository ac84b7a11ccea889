-- expect: purge key=public.sessions.seen_at severity=info
-- advise: true
create table sessions (id int primary key, seen_at timestamptz, note text) with (fillfactor = 80);
insert into sessions
select i, timestamptz '2026-01-01' + i * interval '1 minute', repeat('x', 100) from generate_series(1, 20000) as i;
vacuum analyze sessions;
