-- name: se"arch 🐘
select 1 from "S "" p"."D.ocs 🐘" where "Title ""x""" ilike '%éß%';
