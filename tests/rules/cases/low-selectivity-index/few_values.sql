-- expect: public.jobs.jobs_kind_idx confidence=likely
-- servers: pg15 pg18
create table jobs (id int primary key, kind text, at timestamptz);
insert into jobs select i, 'k' || i % 4, timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 20000) as i;
create index on jobs (kind);
create index on jobs (at);
vacuum analyze jobs;
