"""An index in Django's terms, where they say exactly what the SQL says. Pure.

What they cannot say exactly is None, and the migration runs the SQL as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.identifiers import MAX_IDENTIFIER_BYTES
from dbaudit.index_definition import BTREE, IndexDefinition, IndexKey
from dbaudit.migrate.render.django_condition import (
    TEXT_KINDS,
    Imports,
    condition_source,
    json_text,
    unwrapped,
)
from dbaudit.migrate.render.django_state import field_of, is_quotable
from dbaudit.migrate.render.python_text import call, literal, texts
from dbaudit.migration_files.django_models import Field, Model
from dbaudit.workload.lexer import TokenKind

#: Index.max_name_length (django/db/models/indexes.py), checked as models.E034.
MAX_NAME_LENGTH = 30

_POSTGRES = "django.contrib.postgres.indexes"
_CLASSES = {
    "gin": "GinIndex",
    "gist": "GistIndex",
    "brin": "BrinIndex",
    "hash": "HashIndex",
    "spgist": "SpGistIndex",
}
#: Storage parameters that the class takes as an argument of the same name, as a number.
_OPTIONS = {BTREE: {"fillfactor"}, "brin": {"pages_per_range"}, "gist": {"fillfactor"}}
_FUNCTIONS = {"lower": "Lower", "upper": "Upper"}


@dataclass(frozen=True, slots=True)
class IndexSource:
    """The call that makes an index, but for its name, and what it imports."""

    function: str
    arguments: tuple[str, ...]
    imports: Imports

    def text(self, name: str, indent: str) -> str:
        """The call in Python; the first line is not indented."""
        return call(self.function, [*self.arguments, f"name={literal(name)}"], indent)


def django_name(name: str) -> str:
    """The name itself where Django takes it for a model's index, else its beginning and a hash.

    Names have at most 30 characters and begin with a letter (models.E033, models.E034); what
    Django puts between quotes it does not escape.
    """
    if is_quotable(name) and len(name) <= MAX_NAME_LENGTH and not _is_odd(name[0]):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    words = "".join(character for character in name if is_quotable(character))
    while words and _is_odd(words[0]):
        words = words[1:]
    head = words[: MAX_NAME_LENGTH - 9].encode()[: MAX_IDENTIFIER_BYTES - 9]
    return f"{head.decode(errors='ignore').rstrip('_') or 'index'}_{digest}"


def _is_odd(character: str) -> bool:
    return character == "_" or character.isdigit()


def index_source(index: IndexDefinition, model: Model) -> IndexSource | None:
    """The index of a model; None where Django cannot say exactly the same."""
    imports = Imports()
    arguments = _keys(index, model, imports)
    include = [field_of(model, column) for column in index.include]
    options = _options(index)
    function = _class(index, imports)
    if not function or index.unique or arguments is None or None in include or options is None:
        return None
    if index.include:
        arguments.append(f"include={texts(one.name for one in include if one)}")
    if index.where:
        condition = condition_source(index.where, model, imports)
        if condition is None:
            return None
        arguments.append(f"condition={condition}")
    return IndexSource(function, (*arguments, *options), imports)


def _class(index: IndexDefinition, imports: Imports) -> str:
    if index.method == BTREE and not index.options:
        imports.add("django.db", "models")
        return "models.Index"
    name = "BTreeIndex" if index.method == BTREE else _CLASSES.get(index.method, "")
    imports.add(_POSTGRES, name)
    return name


def _options(index: IndexDefinition) -> list[str] | None:
    known = _OPTIONS.get(index.method, set())
    if any(name not in known or not value.isdigit() for name, value in index.options):
        return None
    return [f"{name}={value}" for name, value in index.options]


def _keys(index: IndexDefinition, model: Model, imports: Imports) -> list[str] | None:
    """The arguments that say the keys: `fields=` and `opclasses=`, or an expression each."""
    if any(key.collation for key in index.keys):
        return None
    plain = all(not key.is_expression and key.nulls_first is None for key in index.keys)
    fields = [None if key.is_expression else field_of(model, key.text) for key in index.keys]
    if plain and (index.method == BTREE or not any(key.descending for key in index.keys)):
        return _field_keys(index.keys, fields)
    if index.method != BTREE or any(key.opclass for key in index.keys):
        return None
    expressions = [_expression(key, model, imports) for key in index.keys]
    return None if None in expressions else [one for one in expressions if one]


def _field_keys(keys: Sequence[IndexKey], fields: Sequence[Field | None]) -> list[str] | None:
    names = [
        f"-{one.name}" if key.descending else one.name
        for key, one in zip(keys, fields, strict=True)
        if one is not None
    ]
    if len(names) != len(keys) or any("(" in (key.opclass or "") for key in keys):
        return None
    arguments = [f"fields={texts(names)}"]
    if any(key.opclass for key in keys):
        arguments.append(f"opclasses={texts(key.opclass or '' for key in keys)}")
    return arguments


def _expression(key: IndexKey, model: Model, imports: Imports) -> str | None:
    source = _expression_text(key.text, model, imports) if key.is_expression else None
    if not key.is_expression and (found := field_of(model, key.text)) is not None:
        imports.add("django.db", "models")
        source = f"models.F({literal(found.name)})"
    if source is None or (not key.descending and key.nulls_first is None):
        return source
    nulls = {None: "", True: "nulls_first=True", False: "nulls_last=True"}[key.nulls_first]
    return f"{source}.{'desc' if key.descending else 'asc'}({nulls})"


def _expression_text(text: str, model: Model, imports: Imports) -> str | None:
    """lower(column), upper(column), or column ->> 'key'."""
    found = unwrapped(text)
    function = _FUNCTIONS.get(found[0].word) if found else None
    if function and len(found) == 4 and (found[1].text, found[3].text) == ("(", ")"):
        column = found[2]
        is_name = column.kind in {TokenKind.WORD, TokenKind.QUOTED_IDENT}
        name = column.word or column.text[1:-1].replace('""', '"')
        one = field_of(model, name) if is_name else None
        if one is not None and one.kind in TEXT_KINDS:
            imports.add("django.db.models.functions", function)
            return f"{function}({literal(one.name)})"
        return None
    return json_text(found, model, imports)
