-- expect: caches
-- expect: others
create table collections (id int, "Name of" text, name text);
