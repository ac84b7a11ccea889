select
    rolname::text,
    rolname = current_user as is_current,
    rolsuper,
    rolcanlogin,
    rolreplication,
    rolbypassrls,
    rolconnlimit::bigint
from pg_catalog.pg_roles
order by rolname
