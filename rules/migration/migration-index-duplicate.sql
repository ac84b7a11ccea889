/*
id = "migration-index-duplicate"
title = "Migration's index repeats another one"
category = "migration"
severity = "warning"
needs = ["migration_indexes"]
why = """
An index that is there already, or that an earlier migration makes, has the same keys, or begins with all of them: it
answers the same queries, and each write would pay for both. The other way round, a new index that begins with all keys
of an existing one makes that one needless. What the migrations drop themselves is not counted. It is right to ignore when
the shorter index is much narrower and read often: then the what-if planner shows a gain, and severity is less.
"""
references = ["https://wiki.postgresql.org/wiki/Index_Maintenance#Duplicate_Indexes"]
[options]
min_gain = 1.1
*/
with gains as (
    select schemaname, tablename, indexname, min(factor) as factor, arg_min(query, factor) as query,
        arg_min(cost_before, factor) as cost_before, arg_min(cost_after, factor) as cost_after
    from migration_effects
    where effect = 'used'
    group by all
),

told as (
    select i.*, g.query, g.cost_before, g.cost_after, coalesce(g.factor * $min_gain <= 1, false) as pays,
        unnest(case
            when i.same_as is not null then ['same']
            when i.begins is not null then ['begins']
            when len(i.makes_needless) > 0 then ['makes needless']
        end) as kind,
        format('{}:{}', i.file, i.line) as place
    from migration_indexes as i
    left join gains as g using (schemaname, tablename, indexname)
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    file || ' ' || kind as key,
    if(kind = 'makes needless' or (kind = 'begins' and pays), 'info', null) as severity,
    case when kind = 'same' then 'certain' when pays then 'possible' else 'likely' end as confidence,
    case kind
        when 'same' then format('{} builds {}, which repeats {}', place, indexname, same_as)
        when 'begins' then format('{} builds {}, whose keys begin those of {}{}', place, indexname, begins,
            if(pays, format('; {} would cost {:.1f} instead of {:.1f} with it', query, cost_after, cost_before), ''))
        else format('{} builds {}, which serves whatever {} {}', place, indexname,
            array_to_string(makes_needless, ', '), if(len(makes_needless) = 1, 'serves', 'serve'))
    end as message,
    {
        'file': file, 'line': line, 'definition': definition, 'same_as': same_as, 'begins': begins,
        'makes_needless': makes_needless, 'query': query, 'cost_before': cost_before, 'cost_after': cost_after
    } as evidence,
    case kind
        when 'makes needless' then 'drop ' || array_to_string(makes_needless, ', ') || ' CONCURRENTLY once it is built'
        when 'begins' then if(pays, 'keep it if ' || query || ' is worth an index of its own', 'leave it out')
        else 'leave it out'
    end as remedy
from told
order by file, line, indexname
