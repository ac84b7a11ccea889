"""The modules of a Django app, read and never run: its configuration and its migrations."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbaudit.migration_files.migration import Key
from dbaudit.migration_files.python_source import (
    Names,
    Source,
    assigned,
    dotted,
    elements,
    value_of,
)
from dbaudit.workload.token_reader import UnreadableError

_MIGRATION = "Migration"


@dataclass(frozen=True, slots=True)
class DjangoFile:
    """A module of an app's migrations; `name` is the file's stem."""

    app: str
    name: str
    file: str
    source: Source

    @property
    def key(self) -> Key:
        """What Django's own table calls it."""
        return self.app, self.name

    @property
    def attributes(self) -> Mapping[str, ast.expr]:
        """What its class Migration assigns."""
        node = _migration_class(self.source)
        return assigned(node.body) if node is not None else {}

    @property
    def names(self) -> Names:
        """What names stand for in its operations."""
        return {**self.source.names, **self.attributes}

    def keys(self, attribute: str) -> Iterator[Key]:
        """The migrations that `dependencies` or `replaces` name."""
        for element in elements(self.attributes.get(attribute)):
            try:
                value = value_of(element, self.source.names)
            except UnreadableError:  # swappable_dependency(…): another app's
                continue
            if isinstance(value, list) and len(value) == 2:
                yield str(value[0]), str(value[1])


def has_migration(source: Source) -> bool:
    """Whether Django would take the module, among an app's migrations, for one of them."""
    return _migration_class(source) is not None


def is_django(source: Source) -> bool:
    """Whether a module, wherever it lies, is a migration."""
    node = _migration_class(source)
    bases = (dotted(base) or "" for base in node.bases) if node is not None else ()
    return any(base.endswith(_MIGRATION) for base in bases)


def app_label(source: Source) -> str | None:
    """The label that a module `apps.py` gives its app; None where it gives none, or several.

    AppConfig's default is the last part of its name.
    """
    labels = set()
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef):
            said = assigned(node.body)
            labels.add(_text(said.get("label")) or _text(said.get("name")).rpartition(".")[2])
    labels.discard("")
    return labels.pop() if len(labels) == 1 else None


def _text(node: ast.expr | None) -> str:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else ""


def _migration_class(source: Source) -> ast.ClassDef | None:
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and node.name == _MIGRATION:
            return node
    return None
