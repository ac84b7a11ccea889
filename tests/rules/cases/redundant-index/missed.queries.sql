-- name: of_a_place
select count(*) from visits where place = 3;
