-- name: of day 7
select note from "Odd.Schema"."Ev ""x"" 🐘" where "Day of" = 7;
