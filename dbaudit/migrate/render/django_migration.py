"""Migrations as Django migrations, each in its own app. Pure.

Where Django's terms say exactly what the SQL says, it is AddIndexConcurrently; else the SQL as it
is, which tells Django's state of the index where that can hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.identifiers import qualified
from dbaudit.migrate.render.changes import Change, renamed
from dbaudit.migrate.render.django_condition import Imports
from dbaudit.migrate.render.django_index import IndexSource, django_name, index_source
from dbaudit.migrate.render.django_state import AppState, is_quotable
from dbaudit.migrate.render.python_text import (
    call,
    comment,
    literal,
    literal_lines,
    texts,
)
from dbaudit.migrate.render.step import (
    NO_STATEMENT_TIMEOUT,
    PATIENT,
    RESETS,
    Step,
    set_lock_timeout,
    with_lock_timeouts,
)
from dbaudit.migration_files.django_models import Model

_INDENT = " " * 8
_SETTINGS = (NO_STATEMENT_TIMEOUT, set_lock_timeout(PATIENT))
#: The schema in which Django's unqualified names are found, unless a search_path says otherwise.
_PUBLIC = "public"
_SLUG_LENGTH = 60
#: How deep an index stands in the Meta of a model, in a comment.
_META = " " * 12

_FILE = '''\
{comments}

{imports}

SET = {set}
RESET = {reset}
{lists}


def drop_left_over(apps, schema_editor):
    """Drop what a build that was interrupted left behind, invalid."""
    query = (
        "SELECT true FROM pg_index"
        " WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
    )
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(query, [{name}])
        if cursor.fetchone():
            for statement in DROP:
                cursor.execute(statement)


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY cannot run inside a transaction

    dependencies = [
        ({app}, {leaf}),
    ]

    operations = [
        migrations.RunSQL(SET, RESET),
{operations}
        migrations.RunSQL(RESET, SET),
    ]
'''
_GUARD_UP = "migrations.RunPython(drop_left_over, migrations.RunPython.noop)"
_GUARD_DOWN = "migrations.RunPython(migrations.RunPython.noop, drop_left_over)"


@dataclass(frozen=True, slots=True)
class _Placed:
    """A change with the model of its table, None where Django does not know it."""

    change: Change
    state: AppState
    model: Model | None


def django_migrations(
    changes: Sequence[Change], states: Sequence[AppState], app: str | None
) -> dict[Path, str]:
    """Files and their text: a migration a change, each after the one before it in its app.

    `app` takes the indexes of tables that no app's migrations make; needless where there is but
    one app. Raises UsageError where a table's app is not known.
    """
    latest = {id(state): (state.app.leaf, state.app.next_number) for state in states}
    files = {}
    for placed in [_placed(change, states, app) for change in changes]:
        leaf, number = latest[id(placed.state)]
        name = f"{number:04d}_{placed.change.slug[:_SLUG_LENGTH].rstrip('_')}"
        files[placed.state.app.folder / f"{name}.py"] = _migration(placed, leaf)
        latest[id(placed.state)] = (name, number + 1)
    return files


def _placed(change: Change, states: Sequence[AppState], app: str | None) -> _Placed:
    for state in states:
        if state.has_table(change.table):
            return _Placed(change, state, None if state.unread else state.model_of(change.table))
    if len(states) == 1 and app is None:
        return _Placed(change, states[0], None)
    named = [state for state in states if state.app.label == app]
    if len(named) == 1:
        return _Placed(change, named[0], None)
    labels = ", ".join(sorted(state.app.label for state in states))
    where = qualified(change.schema, change.table) if change.table else f"of {change.name}"
    problem = f"--app {app}: is none of them" if app else "name one that takes it with --app LABEL"
    raise UsageError(f"the table {where} is no model's of the apps {labels}; {problem}")


def _migration(placed: _Placed, leaf: str) -> str:
    imports = Imports({"django.db": {"migrations"}})
    write = _drop if placed.change.is_drop else _addition
    written = write(placed, imports)
    change = written.change
    return _FILE.format(
        comments="\n".join(comment(["Written by dbaudit.", *change.comments, *written.comments])),
        imports="\n".join(imports.lines),
        set=texts(_SETTINGS),
        reset=texts(RESETS),
        lists="\n".join(written.lists),
        name=literal(qualified(change.schema, change.name)),
        app=literal(placed.state.app.label),
        leaf=literal(leaf),
        operations="\n".join(f"{_INDENT}{operation}," for operation in written.operations),
    )


@dataclass(frozen=True, slots=True)
class _Written:
    """What a migration holds: the change under the name that it has, and the parts of its file."""

    change: Change
    comments: Sequence[str]
    lists: Sequence[str]
    operations: Sequence[str]


def _addition(placed: _Placed, imports: Imports) -> _Written:
    change, model = placed.change, placed.model
    source = _source(change, model)
    if source is None or model is None:
        run = "migrations.RunSQL(BUILD, DROP)"
        return _Written(change, _why_sql(placed), _lists(change), [_GUARD_UP, run])
    imports.merge(source.imports)
    name = django_name(change.name)
    comments = _meta(model, source.text(name, _META))
    if name != change.name:
        comments = [f"name in the plan: {change.name} (Django takes 30 characters)", *comments]
    change = renamed(change, name)
    arguments = [
        f"model_name={literal(model.name.lower())}",
        f"index={source.text(name, _INDENT + '    ')}",
    ]
    if _is_plain(change, model):
        imports.add("django.contrib.postgres.operations", "AddIndexConcurrently")
        operation = call("AddIndexConcurrently", arguments, _INDENT)
        return _Written(change, comments, _lists(change)[1:], [_GUARD_UP, operation])
    operation = _run_sql("BUILD", "DROP", "AddIndex", arguments)
    return _Written(change, comments, _lists(change), [_GUARD_UP, operation])


def _drop(placed: _Placed, imports: Imports) -> _Written:
    change, model = placed.change, placed.model
    guard = [_GUARD_DOWN] if change.create else []
    if model is None or not model.is_managed or change.name not in model.indexes:
        run = "migrations.RunSQL(DROP, BUILD)" if change.create else "migrations.RunSQL(DROP)"
        return _Written(change, _DROPPED_BY_SQL, _lists(change), [run, *guard])
    comments = [f"Take it out of Meta.indexes of the model {model.name} too."]
    arguments = [f"model_name={literal(model.name.lower())}", f"name={literal(change.name)}"]
    if _is_plain(change, model):
        imports.add("django.contrib.postgres.operations", "RemoveIndexConcurrently")
        operation = call("RemoveIndexConcurrently", arguments, _INDENT)
        return _Written(change, comments, _lists(change)[-1:], [operation, _GUARD_DOWN])
    operation = _run_sql("DROP", "BUILD" if change.create else "", "RemoveIndex", arguments)
    return _Written(change, comments, _lists(change), [operation, *guard])


_DROPPED_BY_SQL = (
    "Django's models do not know it by name: where db_index=True or a ForeignKey made it, set",
    "db_index=False there, or Django will go on asking for it.",
)


def _source(change: Change, model: Model | None) -> IndexSource | None:
    if model is None or not model.is_managed or change.create is None:
        return None
    definition = change.create.definition(change.schema)
    return index_source(definition, model) if definition else None


def _is_plain(change: Change, model: Model) -> bool:
    """Whether Django's own operation reaches the table: its names have no schema."""
    is_reached = change.schema == _PUBLIC and model.table == change.table
    return is_reached and is_quotable(change.table) and not change.is_partitioned


def _run_sql(forward: str, backward: str, operation: str, arguments: Sequence[str]) -> str:
    inner = _INDENT + "        "
    told = call(
        f"migrations.{operation}", [one.replace("\n", "\n    ") for one in arguments], inner
    )
    state = f"state_operations=[\n{inner}{told},\n{_INDENT}    ]"
    return call("migrations.RunSQL", [*filter(None, (forward, backward)), state], _INDENT)


def _lists(change: Change) -> list[str]:
    """The constants BUILD and DROP of the file; BUILD only where its definition is known."""
    lists = [_constant("BUILD", change.building)] if change.create else []
    return [*lists, _constant("DROP", change.dropping)]


def _constant(name: str, steps: Sequence[Step]) -> str:
    lines = []
    for statement in with_lock_timeouts(steps, PATIENT):
        written = literal_lines(statement, "    ")
        if len(written) > 1:  # in parentheses, or a comma that is missing would go unseen
            written = ["    (", *(f"    {line}" for line in written), "    )"]
        lines += [*written[:-1], f"{written[-1]},"]
    return "\n".join([f"{name} = [", *lines, "]"])


def _meta(model: Model, source: str) -> list[str]:
    """What the model has to say, or makemigrations would take the index away again."""
    return [
        "",
        f"Add it to the model {model.name}, or makemigrations will want to remove it",
        "(what it needs is imported below):",
        "",
        "    class Meta:",
        "        indexes = [",
        *f"{_META}{source},".splitlines(),
        "        ]",
    ]


def _why_sql(placed: _Placed) -> list[str]:
    change, state = placed.change, placed.state
    table = qualified(change.schema, change.table)
    if state.unread:
        reason = f"{state.unread} cannot be read without running it"
    elif placed.model is None:
        reason = f"no model of {state.app.label} has the table {table}"
    elif not placed.model.is_managed:
        reason = f"the model {placed.model.name} is not managed"
    else:
        reason = "Django's own terms cannot say exactly this"
    return [f"made by SQL, and unknown to Django's models: {reason}"]
