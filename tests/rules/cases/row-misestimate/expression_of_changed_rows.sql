-- expect: by_source
-- analyze: true
create table chunks (id int, metadata jsonb);
alter table chunks set (autovacuum_enabled = false);
insert into chunks select i, '{"source": "web"}' from generate_series(1, 10000) as i;
analyze chunks;
insert into chunks select i, '{"source": "mail"}' from generate_series(1, 3000) as i;
