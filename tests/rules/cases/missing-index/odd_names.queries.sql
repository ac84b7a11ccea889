-- name: of day
select id from "Ev ""x"" 🐘" where "Day of" = 7;
