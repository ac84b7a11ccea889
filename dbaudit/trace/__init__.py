"""What an application or its tests add in a few lines to write down the statements that they send.

    from dbaudit import trace

    tracer = trace.to("trace.jsonl")      # trace.to(): the file that DBAUDIT_TRACE names, or off
    tracer.sqlalchemy(engine)             # .django() .psycopg(c) .psycopg2(c) .asyncpg(c)
    app = tracer.wsgi(app)                # .asgi(app): one request, one unit of work
    with tracer.request("nightly job"):
        ...
    tracer.eager_loads()                  # SQLAlchemy, in tests: also what is loaded and not read

Nothing of dbaudit but this package is imported, and each library only by its own method. A tracer
that is off hooks nothing into anything. `dbaudit workload trace.jsonl` reads what was written.

A file holds one JSON object a line, `"v": 1` in each; what is added to the format later is new
keys, which older readers leave alone. A key is left out where its value is not known.

    time           when the statement ended, seconds since the epoch
    duration_ms    what the application waited for it
    statement      as sent, bound to 64 kB (`length` then tells how long it is); texts in quotes are
                   hashed where nothing is bound, since the application may have put them there
    parameters     the bound values in the order of their places: a keyed hash of each ("h:…", the
                   key is this process's own and never written), the text with parameters=True, null
                   for NULL; of executemany those of its first row; `parameter_count` where cut
    rows           rows returned or changed
    calls          how many rows executemany was given
    session, transaction    numbers of the connection and its transaction in this process
    database       the database's name
    request, request_id     the request, job or test, and its number
    place          file:line of the application's own frame, relative to the project's root
    by             sqlalchemy, django, psycopg, psycopg2 or asyncpg
    loads          what an ORM loads: "lazy Book.author", "deferred Book.body", "expired Book"
    error          the class of the exception and the SQLSTATE

A line of the keys `v`, `lost` and `reason` says how many statements could not be written. With
eager_loads() a line of the keys `eager` ("Book.author"), `option` ("joinedload"), `place`, `by`,
`objects` and `used` tells of a query that loads this: it is read for the first time, or so many
objects are gone and nothing read it.
"""

from dbaudit.trace.file_tracer import to
from dbaudit.trace.tracer import Tracer

__all__ = ["Tracer", "to"]
