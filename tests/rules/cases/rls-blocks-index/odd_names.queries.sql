-- name: tagged
-- role: Odd reader
select * from "Odd.Schema"."N ""x"" 🐘" where "The tags" @> '{"k": 7}';
