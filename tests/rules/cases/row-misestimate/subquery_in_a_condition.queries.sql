select count(*) from hashes where lecture_id not in (select id from lectures);
