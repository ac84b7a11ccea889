-- name: not_exists
select count(*) from hashes where not exists (select from lectures where id = lecture_id);

-- name: listed
select count(*) from hashes where lecture_id not in (1, 2, 3);

-- name: small
select count(*) from few where id not in (select id from lectures);

-- name: is_in
select count(*) from hashes where lecture_id in (select id from lectures) or hash = 'x';
