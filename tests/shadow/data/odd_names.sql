create schema "Sp ace.""q""";
create type "Sp ace.""q"""."Mood ""!" as enum ('so', 'la la');
create table "Sp ace.""q"""."We""ird. |(x)*$?näme😀" (
    "I d" bigint primary key, "Ünï'c" text, "mood""" "Sp ace.""q"""."Mood ""!"
);
insert into "Sp ace.""q"""."We""ird. |(x)*$?näme😀"
select i, 'v' || i % 100, 'so' from generate_series(1, 20000) as i;
create table "Sp ace.""q"""."We" (x int);
create table "Sp ace.""q"""."a|b" (x int);
create table "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" as
select i as id from generate_series(1, 20000) as i;
vacuum analyze;
