-- Functions of extensions that the shadow lacks and whose types every server has.
-- Parameter: the names of the extensions that it has. 16384 is FirstNormalObjectId (transam.h).
select
    n.nspname,
    p.proname,
    pg_get_function_identity_arguments(p.oid),
    pg_get_function_result(p.oid),
    p.provolatile::text,
    p.proisstrict,
    e.extname
from pg_catalog.pg_extension as e
join pg_catalog.pg_depend as d
    on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid
    and d.classid = 'pg_catalog.pg_proc'::regclass and d.deptype = 'e'
join pg_catalog.pg_proc as p on p.oid = d.objid
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
left join pg_catalog.pg_type as r on r.oid = p.prorettype
where e.extname <> all(%s::text[])
    and p.prokind = 'f'
    and p.proargmodes is null
    and p.prorettype < 16384
    and r.typtype in ('b', 'r', 'm')
    and not exists (
        select from unnest(p.proargtypes::oid[]) as argument (type)
        join pg_catalog.pg_type as t on t.oid = argument.type
        where t.oid >= 16384 or t.typtype = 'p'
    )
