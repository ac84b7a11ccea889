-- expect: public.Ev "x" 🐘.Ev "x" 🐘_Day_of_idx
create table "Ev ""x"" 🐘" (id int primary key, "Day of" int, note text);
insert into "Ev ""x"" 🐘" select i, i % 1000, repeat('x', 500) from generate_series(1, 50000) as i;
vacuum analyze "Ev ""x"" 🐘";
