-- expect: S " p.Ta ble 🙂.Índex "x".y
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A (a" text);
create index "Índex ""x"".y" on "S "" p"."Ta ble 🙂" ("A (a") where "A (a" = 'x';
