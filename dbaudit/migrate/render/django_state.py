"""The models that an app's migrations lead to, and where that cannot be told. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dbaudit.migrate.render.django_project import App
from dbaudit.migration_files.django_models import AppModels, Field, Model
from dbaudit.migration_files.django_source import DjangoFile
from dbaudit.migration_files.python_source import call_of, elements
from dbaudit.workload.token_reader import UnreadableError


def is_quotable(name: str) -> bool:
    """Whether Django's quoting, which escapes nothing, leaves the name what it is."""
    return '"' not in name and "%" not in name


def field_of(model: Model, column: str) -> Field | None:
    """The field that a column belongs to; None where Django would not quote its name right."""
    found = (one for one in model.fields.values() if one.column == column)
    return next(found, None) if is_quotable(column) else None


@dataclass(frozen=True, slots=True)
class AppState:
    """An app and its models.

    `unread` says where an operation could not be read without running it, or is empty.
    """

    app: App
    models: AppModels
    unread: str

    def model_of(self, table: str) -> Model | None:
        """The model of a table that the app's migrations make."""
        names = {table, f'public"."{table}'}
        found = (m for m in self.models.models.values() if m.has_own_table and m.table in names)
        return next(found, None)

    def has_table(self, table: str) -> bool:
        """Whether the app's migrations make the table."""
        return self.model_of(table) is not None or table in self.models.link_tables


def state_of(app: App) -> AppState:
    """The state after the app's last migration."""
    models = AppModels(app.label)
    unread = [place for migration in app.migrations for place in _follow(migration, models)]
    return AppState(app, models, unread[0] if unread else "")


def _follow(migration: DjangoFile, models: AppModels) -> Iterator[str]:
    """Take the models through the migration; the places at which they are guessed since then."""
    operations = migration.attributes.get("operations")
    names = migration.names
    for node in elements(operations):
        call = call_of(node)
        try:
            if call is None:
                raise UnreadableError("no operation that is written out")
            models.apply(call, names)
        except UnreadableError:
            models.is_guessed = True
        if models.is_guessed:
            yield f"{migration.name}.py:{node.lineno}"
    if operations is not None and not isinstance(operations, ast.List | ast.Tuple):
        yield f"{migration.name}.py:{operations.lineno}"
