-- Statistics of range types, which pg_stats shows from 17 on: STATISTIC_KIND_RANGE_LENGTH_HISTOGRAM
-- (6, with the share of empty ranges) and STATISTIC_KIND_BOUNDS_HISTOGRAM (7) of pg_statistic.h.
-- Parameter: a JSON array of the tables' [schema, name].
select
    n.nspname,
    t.relname,
    a.attname,
    s.stainherit,
    case 6
        when s.stakind1 then s.stavalues1::text when s.stakind2 then s.stavalues2::text
        when s.stakind3 then s.stavalues3::text when s.stakind4 then s.stavalues4::text
        when s.stakind5 then s.stavalues5::text
    end,
    case 6
        when s.stakind1 then s.stanumbers1[1] when s.stakind2 then s.stanumbers2[1]
        when s.stakind3 then s.stanumbers3[1] when s.stakind4 then s.stanumbers4[1]
        when s.stakind5 then s.stanumbers5[1]
    end,
    case 7
        when s.stakind1 then s.stavalues1::text when s.stakind2 then s.stavalues2::text
        when s.stakind3 then s.stavalues3::text when s.stakind4 then s.stavalues4::text
        when s.stakind5 then s.stavalues5::text
    end
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as n on n.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = pair ->> 1
join pg_catalog.pg_statistic as s on s.starelid = t.oid
join pg_catalog.pg_attribute as a on a.attrelid = t.oid and a.attnum = s.staattnum
where 6 in (s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5)
