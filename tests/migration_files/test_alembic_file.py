"""Alembic revisions, read by their syntax tree."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.migration_files.alembic_file import is_alembic, read_alembic
from dbaudit.migration_files.effects import CreatedIndex, CreatedTable, DroppedIndex
from dbaudit.migration_files.migration import Migration
from dbaudit.migration_files.python_source import parse_source
from dbaudit.workload.token_reader import UnreadableError

_HEAD = """
from alembic import op
import sqlalchemy as sa
revision: str = "b2"
down_revision: str | None = "a1"
TABLE = "orders"
"""


def _revision(body: str, head: str = _HEAD) -> Migration:
    text = f"{head}\ndef upgrade():\n{indent(dedent(body), '    ')}\ndef downgrade():\n    pass\n"
    source = parse_source(text)
    assert is_alembic(source)
    return read_alembic(source, "b2.py")


def _ddl(body: str) -> list[str]:
    migration = _revision(body)
    assert [one.reason for one in migration.statements if one.reason] == []
    return [one.text for one in migration.statements]


def test_key_and_parents() -> None:
    head = _HEAD.replace('"a1"', '("a1", "a2")') + 'depends_on = "c9"\n'
    migration = _revision("pass", head)
    assert migration.key == ("b2",)
    assert migration.parents == (("a1",), ("a2",), ("c9",))


@pytest.mark.parametrize(
    ("body", "sql"),
    [
        (
            'op.create_index(op.f("ix_a"), TABLE, ["a", "B c"], unique=True)',
            'CREATE UNIQUE INDEX ix_a ON orders (a, "B c");',
        ),
        (
            'op.create_index("ix", "t", [sa.text("lower(a)"), sa.column("b").desc()], schema="s")',
            None,
        ),
        (
            'op.create_index("ix", "t", [sa.text("lower(a)"), sa.text("b DESC")], schema="s",\n'
            '    postgresql_using="gin", postgresql_concurrently=True, if_not_exists=True,\n'
            '    postgresql_include=["c"], postgresql_with={"fillfactor": 70},\n'
            '    postgresql_where=sa.text("a > " "1"))',
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON s.t USING gin (lower(a), b DESC)"
            " INCLUDE (c) WITH (fillfactor = 70) WHERE a > 1;",
        ),
        (
            'op.create_index("ix", "t", ["a"], postgresql_ops={"a": "text_pattern_ops"})',
            "CREATE INDEX ix ON t (a text_pattern_ops);",
        ),
        (
            'op.drop_index("ix", table_name="t", schema="s", postgresql_concurrently=True)',
            "DROP INDEX CONCURRENTLY s.ix;",
        ),
        (
            'op.create_unique_constraint("u", "t", ["a", "b"])',
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b);",
        ),
        (
            'with op.batch_alter_table("t", schema="s") as batch:\n'
            '    batch.create_index("ix", ["a"])',
            "CREATE INDEX ix ON s.t (a);",
        ),
    ],
)
def test_operations_as_sql(body: str, sql: str | None) -> None:
    if sql is None:
        (one,) = _revision(body).statements
        assert one.reason is not None
        assert one.reason.startswith("op.create_index: ")
    else:
        assert _ddl(body) == [sql]


def test_sql_keeps_its_lines() -> None:
    migration = _revision(
        '''
        op.execute(
            """
            create index a on t (x);

            drop index b
            """
        )
        # for: by_x
        op.execute(sa.text("create index c on t (x)"))  # and more
        '''
    )
    lines = {
        effect.name: one.line
        for one in migration.statements
        for effect in one.effects
        if isinstance(effect, CreatedIndex | DroppedIndex)
    }
    begin = 9
    assert lines == {"a": begin + 3, "b": begin + 5, "c": begin + 9}
    assert migration.statements[-1].comment == "for: by_x\nand more"


def test_an_autocommit_block_is_outside_the_transaction() -> None:
    migration = _revision(
        """
        op.create_table("new", sa.Column("id", sa.Integer))
        with op.get_context().autocommit_block():
            if True:
                op.create_index("a", "t", ["x"])
        helper()
        """,
        _HEAD + "def helper():\n    op.drop_index('b')\n    upgrade()\n",
    )
    first, _, third = migration.statements
    assert isinstance(first.effects[0], CreatedTable)
    assert [one.is_in_transaction for one in migration.statements] == [True, False, True]
    assert isinstance(third.effects[0], DroppedIndex)


@pytest.mark.parametrize(
    "body",
    [
        "op.execute(read())",
        "for t in TABLES:\n    op.create_index('a', t, ['x'])",
        "op.create_index('a', TABLE, columns())",
        "op.create_index('a', TABLE, [1])",
        "op.create_index('a', TABLE, ['x'], postgresql_with='no')",
        "op.drop_index(3)",
        "op.drop_index()",
        "with op.batch_alter_table(name()) as b:\n    b.create_index('a', ['x'])",
        "op.execute(f'create index {TABLE!r} on t (x)')",
    ],
)
def test_what_only_running_would_tell_has_a_reason(body: str) -> None:
    assert [one.reason for one in _revision(body).statements if one.reason]


def test_a_formatted_string_of_constants_is_written_out() -> None:
    assert _ddl('op.execute(f"create index a on {TABLE} (x)")') == ["create index a on orders (x)"]


@given(st.text(alphabet="op.createindx_('\"[]){}=,: \nwithsa#", max_size=120))
def test_any_body_is_read_or_refused(body: str) -> None:
    text = f"{_HEAD}def upgrade():\n    pass\n    {body}\n"
    try:
        source = parse_source(text)
        if is_alembic(source):
            read_alembic(source, "x.py")
    except UnreadableError as error:
        assert "\n" not in str(error)
