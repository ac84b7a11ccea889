-- expect: nothing
create table collections (id int, name text);
