-- expect: of day
create table "Ev ""x"" 🐘" ("Day of" text);
insert into "Ev ""x"" 🐘" select 'D' || i from generate_series(1, 20000) as i;
analyze "Ev ""x"" 🐘";
