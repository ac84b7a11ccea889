-- name: of make
select id from "Cars ""x"" 🐘" where "Make of" = 7 and "Model.of" = 7 order by id;
