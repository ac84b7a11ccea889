-- expect: nothing
create table parents (id int primary key);
insert into parents select generate_series(1, 2);
create table children (id int primary key, parent_id int references parents);
insert into children select i, 1 from generate_series(1, 20000) as i;
create index on children (parent_id);
vacuum analyze children;
