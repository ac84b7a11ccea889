-- name: of day
select * from "Ev ""x"" 🐘" where "Day of" = 7;
