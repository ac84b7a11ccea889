select g.rolname, m.rolname
from pg_catalog.pg_auth_members as a
join pg_catalog.pg_roles as g on g.oid = a.roleid
join pg_catalog.pg_roles as m on m.oid = a.member
where m.rolname not like 'pg\_%%'
