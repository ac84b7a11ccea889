-- name: tagged
-- role: rls_reader
select * from notes where tags @> array[7];

-- name: most
-- role: rls_reader
select * from notes where tags && array[1, 2, 3] or id > 0;

-- name: everything
-- role: rls_service
select * from notes where note > 'a';
