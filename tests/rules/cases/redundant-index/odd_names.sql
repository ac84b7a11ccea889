-- expect: S " p.Ta ble 🙂.Índex "x".y
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A, a" text, "b "" b" int);
create index "Índex ""x"".y" on "S "" p"."Ta ble 🙂" ("A, a");
create index "longer" on "S "" p"."Ta ble 🙂" ("A, a", "b "" b");
