-- expect: nothing
-- servers: pg15 pg18
create table t (id int, flag bool, m jsonb, status text, deleted_at date, n int, flags bool);
create index on t (id) where flag;
create index on t (id, n) where flag;
create unique index on t (flag) where flag;
create index on t (n) where n > 7;
create index on t (n) where n = id;
create index on t (n) where n in (1, 2);
create index on t (n) where n = 1 or flag;
create index on t (status) where length(status) = 5;
create index on t (status) where status is not null;
create index on t ((m ->> 'a')) where m ->> 'b' = 'web';
create index on t ((m ->> 'a')) where m ->> 'a' is not null;
create index on t (flag) where flags;
create index on t (flag) where n = 1;
create index on t (deleted_at) where deleted_at > '2024-01-01';
create index on t using hash (status) where status = 'x';
create index on t (flag);
