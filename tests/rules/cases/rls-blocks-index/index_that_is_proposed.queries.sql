-- name: tagged
-- role: rls_reader
-- set: app.role = reader
select * from notes where tags @> array[7];

-- name: tagged_as_owner
select * from notes where tags @> array[7];

-- name: by_key
-- role: rls_reader
-- set: app.role = reader
select * from notes where id = 7;
