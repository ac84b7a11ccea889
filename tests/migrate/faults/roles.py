"""A role that owns the table and is no superuser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg import conninfo

from tests.conftest import run_sql
from tests.migrate.faults.scene import Scene

_OWNER = """
create role fault_owner login;
do $$ begin execute format('grant {} on database %I to fault_owner', current_database()); end $$;
grant create on schema public to fault_owner;
alter table docs owner to fault_owner;
"""
_NOBODY = """
reassign owned by fault_owner to postgres;
drop owned by fault_owner;
drop role fault_owner;
"""


@contextmanager
def as_owner(scene: Scene, on_database: str = "create") -> Iterator[Scene]:
    """The scene as that role, with a privilege on the database: `create` for a ledger there."""
    run_sql(scene.dsn, _OWNER.format(on_database))
    try:
        yield replace(scene, dsn=conninfo.make_conninfo(scene.dsn, user="fault_owner"))
    finally:
        run_sql(scene.dsn, _NOBODY)
