-- expect: Odd.Schema.Forget "it" 🐘
create schema "Odd.Schema";
create table "Odd.Schema"."C ""x"" 🐘" (id int primary key, "Page ids" int[]);
insert into "Odd.Schema"."C ""x"" 🐘" select i, array[i] from generate_series(1, 20000) as i;
create function "Odd.Schema"."Forget ""it"" 🐘"("The page" int) returns void language plpgsql as $$ begin delete from "Odd.Schema"."C ""x"" 🐘" where "The page" = any ("Page ids"); end $$;
analyze;
