"""Migrations as Alembic revisions, one after the other. Pure but for the ids and the clock's time.

`op.create_index` takes every key as text, so it can say whatever CREATE INDEX can, but for the way
round that a partitioned table needs: that is `op.execute`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.identifiers import qualified
from dbaudit.index_definition import BTREE, IndexDefinition, IndexKey
from dbaudit.migrate.ddl import CreateIndex
from dbaudit.migrate.render.alembic_project import AlembicProject
from dbaudit.migrate.render.changes import Change, why_no_way_back
from dbaudit.migrate.render.python_text import call, call_with_text, comment, literal, texts
from dbaudit.migrate.render.step import (
    NO_STATEMENT_TIMEOUT,
    PATIENT,
    RESETS,
    Step,
    set_lock_timeout,
    with_lock_timeouts,
)

_INDENT = " " * 8

#: Where sqlalchemy.text() would see a bind parameter, or an escaped one (BIND_PARAMS and
#: BIND_PARAMS_ESC in sqlalchemy/sql/compiler.py).
_PARAMETER = re.compile(r"(?<![:\w]):(?=\w)|\\:")

_FILE = '''\
"""{title}

Revision ID: {revision}
Revises: {parent}
Create Date: {created}

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = {revision!r}
down_revision: Union[str, Sequence[str], None] = {down!r}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

{comments}


def upgrade() -> None:
    """Upgrade schema."""
{up}


def downgrade() -> None:
    """Downgrade schema."""
{down_body}
'''
_IS_LEFT_OVER = '''

def is_left_over() -> bool:
    """Whether a build that was interrupted left the index behind, invalid."""
    if op.get_context().as_sql:
        return False
    query = sa.text(
        "SELECT true FROM pg_index"
        " WHERE indexrelid = to_regclass(:name) AND NOT indisvalid"
    )
    name = {name}
    return bool(op.get_bind().scalar(query, {{"name": name}}))
'''


def alembic_revisions(
    changes: Sequence[Change], project: AlembicProject, ids: Sequence[str], now: datetime
) -> dict[Path, str]:
    """Files and their text: a revision a change, each after the one before it.

    `ids` are the revisions' ids, in step. Raises UsageError for a file_template that cannot be
    followed.
    """
    files = {}
    parent = project.parent
    for change, revision in zip(changes, ids, strict=True):
        files[_path(project, change, revision, now)] = _revision(change, revision, parent, now)
        parent = revision
    return files


def _path(project: AlembicProject, change: Change, revision: str, now: datetime) -> Path:
    """As Alembic names it: ScriptDirectory._rev_path."""
    slug = "_".join(re.findall(r"\w+", change.title)).lower()
    if len(slug) > project.truncate_slug_length:
        slug = slug[: project.truncate_slug_length].rsplit("_", 1)[0] + "_"
    parts = {
        "rev": revision,
        "slug": slug,
        "epoch": int(now.timestamp()),
        "year": now.year,
        "month": now.month,
        "day": now.day,
        "hour": now.hour,
        "minute": now.minute,
        "second": now.second,
    }
    try:
        return project.folder / f"{project.file_template % parts}.py"
    except (KeyError, ValueError, TypeError):
        raise UsageError(
            f"file_template {project.file_template!r}: is not a template that Alembic fills"
        ) from None


def _revision(change: Change, revision: str, parent: str | None, now: datetime) -> str:
    up = _dropping(change) if change.is_drop else _building(change)
    down = _building(change) if change.is_drop else _dropping(change)
    text = _FILE.format(
        title=" ".join(change.title.split()).replace("\\", "\\\\").replace('"', '\\"'),
        revision=revision,
        parent=parent or "",
        created=now,
        down=parent,
        comments="\n".join(comment(["Written by dbaudit.", *change.comments, *_model(change)])),
        up=up,
        down_body=down,
    )
    if change.create is None:
        return text
    return text + _IS_LEFT_OVER.format(name=literal(qualified(change.schema, change.name)))


def _model(change: Change) -> list[str]:
    """What the model has to say, or autogenerate would take the index away again."""
    if change.is_drop:
        return ["Take it out of the model too, or --autogenerate will want it back."]
    definition = change.create.definition(change.schema) if change.create else None
    if definition is None:
        return []
    arguments = [literal(change.name), *map(_key, definition.keys), *_keywords(definition)]
    lines = call("sa.Index", arguments, "    ").splitlines()
    heading = "For models that --autogenerate compares, add to __table_args__:"
    return ["", heading, "", f"    {lines[0]}", *lines[1:]]


def _building(change: Change) -> str:
    if change.create is None:
        return call_with_text("raise NotImplementedError", why_no_way_back(change), "    ")
    left_over = [f"{_INDENT}if is_left_over():", *_drop_lines(change, _INDENT + "    ")]
    return _block(change, [*left_over, *_build_lines(change, change.create)])


def _dropping(change: Change) -> str:
    return _block(change, _drop_lines(change, _INDENT))


def _block(change: Change, lines: Sequence[str]) -> str:
    """The lines outside a transaction, bounded in how long they wait for a lock."""
    settings = [NO_STATEMENT_TIMEOUT]
    if not change.is_partitioned:
        settings.append(set_lock_timeout(PATIENT))
    return "\n".join(
        [
            "    with op.get_context().autocommit_block():",
            *(_execute(setting, _INDENT) for setting in settings),
            *lines,
            *(_execute(reset, _INDENT) for reset in RESETS),
        ]
    )


def _build_lines(change: Change, create: CreateIndex) -> list[str]:
    definition = create.definition(change.schema)
    if definition is None or change.is_partitioned or _PARAMETER.search(create.tail):
        return _execute_all(change, change.building, _INDENT)
    return [_INDENT + call("op.create_index", _create_arguments(change.name, definition), _INDENT)]


def _drop_lines(change: Change, indent: str) -> list[str]:
    if change.is_partitioned or not change.table:
        return _execute_all(change, change.dropping, indent)
    arguments = [
        literal(change.name),
        f"table_name={literal(change.table)}",
        f"schema={literal(change.schema)}",
        "postgresql_concurrently=True",
        "if_exists=True",
    ]
    return [indent + call("op.drop_index", arguments, indent)]


def _create_arguments(name: str, index: IndexDefinition) -> list[str]:
    arguments = [
        literal(name),
        literal(index.table),
        f"[{', '.join(map(_key, index.keys))}]",
        f"schema={literal(index.schema)}",
    ]
    return [*arguments, "postgresql_concurrently=True", *_keywords(index)]


def _keywords(index: IndexDefinition) -> list[str]:
    """What an index is besides its keys, as keyword arguments of sqlalchemy.Index."""
    arguments = ["unique=True"] if index.unique else []
    if index.method != BTREE:
        arguments.append(f"postgresql_using={literal(index.method)}")
    opclasses = {key.text: key.opclass for key in index.keys if key.opclass and _is_plain(key)}
    if opclasses:
        arguments.append(f"postgresql_ops={_mapping(opclasses)}")
    if index.include:
        arguments.append(f"postgresql_include={texts(index.include)}")
    if index.options:
        arguments.append(f"postgresql_with={_mapping(dict(index.options))}")
    if index.where:
        arguments.append(f"postgresql_where={_text(index.where)}")
    return arguments


def _execute_all(change: Change, steps: Sequence[Step], indent: str) -> list[str]:
    current = None if change.is_partitioned else PATIENT
    return [_execute(sql, indent) for sql in with_lock_timeouts(steps, current)]


def _mapping(items: dict[str, str]) -> str:
    return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in items.items()) + "}"


def _is_plain(key: IndexKey) -> bool:
    return not (key.is_expression or key.collation or key.descending or key.nulls_first is not None)


def _key(key: IndexKey) -> str:
    return literal(key.text) if _is_plain(key) else _text(key.sql)


def _text(sql: str) -> str:
    return f"sa.text({literal(sql)})"


def _execute(sql: str, indent: str) -> str:
    """A plain text is enough, but for colons that would be taken for parameters."""
    if not _PARAMETER.search(sql):
        return call_with_text("op.execute", sql, indent)
    inner = indent + "    "
    text = call_with_text("sa.DDL", sql.replace("%", "%%"), inner)
    return f"{indent}op.execute(\n{text}\n{indent})"
