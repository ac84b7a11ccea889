-- name: one_partition
select * from items where shelf = 7 and document = 77;
-- name: whole_table
select count(*) from items;
-- name: few_partitions
select * from few where id = 7;
-- name: left_out_while_it_runs
select * from items where shelf = (select shelf from shelves where name = 's7');
-- name: joined
select * from items join shelves using (shelf) where name = 's7';
