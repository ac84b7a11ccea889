-- name: of day
select 1 from "Ev ""x"" 🐘" where lower("Day of") = 'd7';
