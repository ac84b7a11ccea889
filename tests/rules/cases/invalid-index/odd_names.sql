-- expect: S " p.Ta ble 🙂.Índex "x".y
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" text);
insert into "S "" p"."Ta ble 🙂" values ('x'), ('x');
-- fails
create unique index concurrently "Índex ""x"".y" on "S "" p"."Ta ble 🙂" ("A a");
delete from "S "" p"."Ta ble 🙂" where ctid = '(0,1)';
