-- expect: nothing
-- analyze: true
-- servers: pg15 pg18
create table lectures (id int primary key);
insert into lectures select generate_series(1, 20000);
create table hashes (lecture_id int primary key, hash text);
insert into hashes select i, 'h' || i from generate_series(1, 20000) as i;
vacuum analyze;
