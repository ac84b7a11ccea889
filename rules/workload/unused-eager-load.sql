/*
id = "unused-eager-load"
title = "A relationship is loaded with the rows of a query and never read"
category = "workload"
severity = "info"
needs = ["eager_loads"]
why = """
An option of the query (joinedload, selectinload …) makes the ORM load a relationship together with the rows. In all that
the trace covers nothing reads it of any of the objects that this line's query made, though other attributes of each are
read: the join or the second statement, its rows and its objects are for nothing. Not reported: relationships that are
read once anywhere, by an attribute, vars(), a serializer or pickle, objects that were not all looked at (an error may
have come between), and objects that are still kept. It is right to ignore where code that the trace does not cover
reads it.
"""
references = [
    "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",
]
[options]
min_objects = 2
min_executions = 5
*/
select
    'query' as object_kind,
    relationship || ' at ' || place as name,
    'possible' as confidence,
    format('{} is loaded by {} at {} and never read: for {} objects{}', relationship, option, place,
        pretty_count(objects),
        if(executions > 1, format(' in {} executions', pretty_count(executions)), '')) as message,
    {
        'relationship': relationship, 'option': option, 'place': place, 'library': library,
        'objects': objects, 'executions': executions, 'largest': largest
    } as evidence,
    format('remove {}({}) from the query, or give it where the relationship is read', option, relationship) as remedy
from eager_loads
where not is_used and (largest >= $min_objects or executions >= $min_executions)
order by objects desc, place, relationship
