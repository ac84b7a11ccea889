-- name: half
-- role: rls_reader
-- set: app.role = reader
select * from notes where tags @> array[1];

-- name: by_note
-- role: rls_reader
-- set: app.role = reader
select * from notes where note = 'n7';
