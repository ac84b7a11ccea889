"""What is still to run, told by what is there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from dbaudit.index_definition import IndexDefinition
from dbaudit.migration_files.effects import CreatedIndex, DroppedIndex
from dbaudit.migration_files.migration import Migration, Tool
from dbaudit.migration_files.pending import Pending, pending_steps
from dbaudit.migration_files.sql_file import read_sql_file


@dataclass
class _Database:
    """Tables, indexes by name as the definition of each, and columns that no table has."""

    tables: Collection[str] = ()
    indexes: dict[str, IndexDefinition] = field(default_factory=dict)
    gone: Collection[str] = ()

    def has_column(self, table: tuple[str, str], column: str) -> bool:
        return column not in self.gone

    def table(self, schema: str | None, name: str) -> tuple[str, str] | None:
        return ("public", name) if name in self.tables else None

    def index(self, schema: str | None, name: str) -> tuple[str, str] | None:
        return ("public", name) if name in self.indexes else None

    def is_like(self, index: tuple[str, str], definition: IndexDefinition) -> bool:
        return self.indexes[index[1]] == definition

    def has_like(self, definition: IndexDefinition) -> bool:
        return definition in self.indexes.values()


def _migrations(*texts: str) -> list[Migration]:
    return [read_sql_file(text, f"db/{n:03}.sql") for n, text in enumerate(texts, 1)]


def _run(texts: Collection[str], tables: Collection[str] = ("t",)) -> _Database:
    """The database after the migrations."""
    database = _Database(tables)
    for migration in _migrations(*texts):
        for statement in migration.statements:
            for effect in statement.effects:
                if isinstance(effect, CreatedIndex):
                    database.indexes[str(effect.name)] = effect.definition
                elif isinstance(effect, DroppedIndex):
                    database.indexes.pop(effect.name, None)
    return database


def _left(database: _Database, *texts: str) -> list[tuple[str, int]]:
    found = pending_steps(_migrations(*texts), {}, database)
    return _places(found)


def _places(found: Pending) -> list[tuple[str, int]]:
    return [(step.migration.file, step.statement.line) for step in found.steps]


ADD = "create index a on t (x);"
ADD_OTHER = "create index a on t (x, y);"
DROP = "drop index a;"


def test_what_is_there_is_done() -> None:
    assert _left(_run([ADD]), ADD) == []
    assert _left(_run([]), ADD) == [("db/001.sql", 1)]


def test_a_drop_is_pending_while_the_index_is_there() -> None:
    assert _left(_run([ADD]), ADD, DROP) == [("db/002.sql", 1)]
    assert _left(_run([ADD, DROP]), ADD, DROP) == []


def test_an_index_that_is_replaced_under_its_name() -> None:
    history = [ADD, f"{DROP}\n{ADD_OTHER}"]
    assert _left(_run(history), *history) == []
    assert _left(_run([ADD]), *history) == [("db/002.sql", 1), ("db/002.sql", 2)]


@given(st.lists(st.sampled_from([ADD, ADD_OTHER, DROP]), max_size=5))
def test_a_history_that_was_run_is_done(history: list[str]) -> None:
    assert _left(_run(history), *history) == []


def test_another_definition_is_pending_unless_later_files_have_run() -> None:
    database = _run([ADD_OTHER])
    assert _left(database, ADD) == [("db/001.sql", 1)]
    later = "create index b on t (z);"
    assert _left(_run([ADD_OTHER, later]), ADD, later) == []


def test_tables_that_are_gone_or_have_another_name() -> None:
    history = ["create table old (id int); create index a on old (id);", "drop table old;"]
    assert _left(_Database(), *history) == []
    history = ["create table old (id int); create index a on old (id);"]
    database = _run(["create index a on t (id);"])
    assert _left(database, *history, "alter table old rename to t;") == []


def test_columns_that_are_gone_or_have_another_name() -> None:
    dropped = "alter table t drop column if exists x;"
    assert _left(_Database(("t",), gone=["x"]), ADD, dropped) == []
    assert _left(_Database(("t",)), ADD, dropped) == [("db/001.sql", 1), ("db/002.sql", 1)]
    database = _run(["create index a on t (z, y);"])
    database.gone = ["x", "w"]
    renames = "alter table t rename column x to w; alter table t rename w to z;"
    assert _left(database, ADD_OTHER, renames) == []


def test_an_index_that_became_a_constraint_is_done() -> None:
    database = _run(["create unique index c on t (x);"])
    history = [
        "create unique index a on t (x);",
        "alter table t add constraint c unique using index a;",
    ]
    assert _left(database, *history) == []


def test_a_renamed_index_is_done() -> None:
    database = _run(["create index b on t (x);"])
    assert _left(database, ADD, "alter index a rename to b;") == []


def test_a_new_table_is_told() -> None:
    text = "create table fresh (id int); create index f on fresh (id);"
    found = pending_steps(_migrations(text), {}, _Database())
    assert found.new_tables == {"fresh"}
    assert len(found.steps) == 2


def test_what_leaves_nothing_is_done_when_something_later_is() -> None:
    reindex = "reindex table t;"
    assert _left(_run([ADD]), reindex, ADD) == []
    assert _left(_run([ADD]), ADD, reindex) == [("db/002.sql", 1)]


def test_the_tool_s_own_table_counts_more() -> None:
    first, second = (
        replace(one, tool=Tool.ALEMBIC, key=(key,))
        for one, key in zip(_migrations(ADD, DROP), "ab", strict=True)
    )
    applied = {Tool.ALEMBIC: {("a",)}}
    assert _places(pending_steps([first, second], applied, _run([]))) == []
    assert _places(pending_steps([first, second], applied, _run([ADD]))) == [("db/002.sql", 1)]
    assert _places(pending_steps([first], applied, _run([]))) == []
