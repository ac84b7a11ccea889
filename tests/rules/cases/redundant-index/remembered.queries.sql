-- name: of_a_day
select * from visits where place = 7 and day = 507;
