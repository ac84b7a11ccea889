-- name: by kind
select 1 from "Odd.Schema"."D ""x"" 🐘" where "Meta.Data"->>'kind' = '7';
