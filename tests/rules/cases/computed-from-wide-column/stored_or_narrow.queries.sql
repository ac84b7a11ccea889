-- name: stored
select avg(content_length) from chunks;
-- name: narrow
select max(length(word)) from chunks;
-- name: few_rows
select max(length(content)) from few;
-- name: one_row
select length(content) from chunks where id = 7;
