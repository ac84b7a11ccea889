-- name: of
select note from "S "" p"."D.ocs 🐘" where "Ki nd" = 7 order by "At" desc limit 10;
