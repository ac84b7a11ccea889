"""An index's collation is part of what it is: without it LIKE and ORDER BY seem served."""

from __future__ import annotations

from dbaudit.advise.read_catalog import read_catalog
from dbaudit.snapshot.collect import collect
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase

NAMES = """
create table person (id int primary key, first text collate "C", last text);
create index plain on person (first, last);
create index other on person (last collate "C", first collate "POSIX");
create index expression on person (lower(first), lower(last));
create index expression_other on person (lower(last) collate "POSIX");
"""


def test_a_key_has_a_collation_where_it_is_not_its_columns(new_database: NewDatabase) -> None:
    with connect(PostgresTarget(new_database(NAMES))) as session:
        catalog = read_catalog(collect(session))
    collations = {
        index.name: [key.collation for key in index.definition.keys]
        for index in catalog.tables["public", "person"].indexes
    }
    assert collations == {
        "person_pkey": [None],
        "plain": [None, None],
        "other": ['"C"', '"POSIX"'],
        "expression": [None, None],
        "expression_other": ['"POSIX"'],
    }
