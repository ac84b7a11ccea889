"""The predicate of a partial index as Q objects, where they say exactly the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dbaudit.migrate.render.django_state import field_of
from dbaudit.migrate.render.python_text import literal
from dbaudit.migration_files.django_models import Field, Model
from dbaudit.workload.lexer import Token, TokenKind, significant, tokens

#: Kinds of field whose values are written as texts, and as whole numbers.
TEXT_KINDS = frozenset({"CharField", "TextField", "EmailField", "SlugField", "URLField"})
_NUMBER_KINDS = frozenset(
    """
    IntegerField BigIntegerField SmallIntegerField PositiveIntegerField PositiveBigIntegerField
    PositiveSmallIntegerField AutoField BigAutoField SmallAutoField
    """.split()
)
_LOOKUPS = {"=": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}
_NUMBER = re.compile(r"(0|-?[1-9][0-9]{0,9})\Z")
_NAMES = frozenset({TokenKind.WORD, TokenKind.QUOTED_IDENT})


@dataclass(slots=True)
class Imports:
    """Names to import, by module."""

    names: dict[str, set[str]] = field(default_factory=dict)

    def add(self, module: str, name: str) -> None:
        """Import a name from a module."""
        self.names.setdefault(module, set()).add(name)

    def merge(self, other: Imports) -> None:
        """Import what another imports too."""
        for module, names in other.names.items():
            for name in names:
                self.add(module, name)

    @property
    def lines(self) -> list[str]:
        """The statements, sorted."""
        ordered = sorted(self.names.items())
        return [f"from {module} import {', '.join(sorted(names))}" for module, names in ordered]


def condition_source(where: str, model: Model, imports: Imports) -> str | None:
    """The predicate's terms joined by &; None where Django would write another predicate."""
    found = unwrapped(where)
    if any(token.word in {"or", "between", "case"} for token in found):
        return None
    terms = [_term(part, model, imports) for part in _terms(found)]
    return None if None in terms else " & ".join(term for term in terms if term)


def unwrapped(text: str | Sequence[Token]) -> Sequence[Token]:
    """The tokens, without parentheses around all of them and without casts of literals to text."""
    found = significant(tokens(text)) if isinstance(text, str) else text
    while len(found) > 1 and found[0].text == "(" and _closing(found) == len(found) - 1:
        found = found[1:-1]
    return list(_without_text_casts(found))


def json_text(found: Sequence[Token], model: Model, imports: Imports) -> str | None:
    """column ->> 'key' of a JSONField; a number would mean an element of an array to Django."""
    if len(found) != 3 or found[1].text != "->>" or found[0].kind not in _NAMES:
        return None
    column, key = field_of(model, _name(found[0])), _string(found[2])
    if column is None or column.kind != "JSONField" or key is None or _is_number(key):
        return None
    imports.add("django.db.models.fields.json", "KeyTextTransform")
    return f"KeyTextTransform({literal(key)}, {literal(column.name)})"


def _terms(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What stands between the ANDs that are in no parentheses."""
    part: list[Token] = []
    depth = 0
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.word == "and" and depth == 0:
            yield unwrapped(part)
            part = []
        else:
            part.append(token)
    yield unwrapped(part)


def _term(found: Sequence[Token], model: Model, imports: Imports) -> str | None:
    imports.add("django.db", "models")
    if len(found) > 3 and found[1].text == "->>":
        return _json_term(found, model, imports)
    if found and found[0].word == "not":
        return _flag(unwrapped(found[1:]), model, value=False)
    if len(found) == 1:
        return _flag(found, model, value=True)
    one = _column(found, model)
    if one is None:
        return None
    words = [token.word for token in found[1:]]
    if words in (["is", "null"], ["is", "not", "null"]):
        return f"models.Q({one.name}__isnull={words[1] == 'null'})"
    if words[:1] == ["in"] and (found[2].text, found[-1].text) == ("(", ")"):
        values = [_value(part, one) for part in _listed(found[3:-1])]
        sources = [value for value in values if value is not None]
        is_whole = len(sources) == len(values) == len(set(sources))
        return f"models.Q({one.name}__in=[{', '.join(sources)}])" if is_whole else None
    lookup, value = _LOOKUPS.get(found[1].text), _value(found[2:], one)
    if lookup is None or value is None:
        return None
    return f"models.Q({one.name}{lookup}={value})"


def _json_term(found: Sequence[Token], model: Model, imports: Imports) -> str | None:
    """column ->> 'key' = 'text'"""
    value = _string(found[-1])
    if len(found) != 5 or found[3].text != "=" or value is None:
        return None
    left = json_text(found[:3], model, imports)
    if left is None:
        return None
    imports.add("django.db.models.lookups", "Exact")
    return f"models.Q(Exact({left}, {literal(value)}))"


def _flag(found: Sequence[Token], model: Model, *, value: bool) -> str | None:
    one = _column(found, model) if len(found) == 1 else None
    if one is None or one.kind != "BooleanField":
        return None
    return f"models.Q({one.name}={value})"


def _column(found: Sequence[Token], model: Model) -> Field | None:
    is_name = bool(found) and found[0].kind in _NAMES
    one = field_of(model, _name(found[0])) if is_name else None
    return one if one is not None and one.name.isidentifier() else None


def _value(found: Sequence[Token], one: Field) -> str | None:
    """The literal in Python, where the field's kind takes it as it is."""
    if one.kind in TEXT_KINDS and len(found) == 1:
        text = _string(found[0])
        return None if text is None else literal(text)
    words = "".join(token.text for token in found)
    if one.kind in _NUMBER_KINDS and len(found) <= 2 and _NUMBER.match(words):
        return words if _is_in_range(int(words), one.kind) else None
    return None


def _is_in_range(number: int, kind: str) -> bool:
    """Django takes a condition on a number outside the field's range for one that never holds."""
    limit = 2**15 if "Small" in kind else 2**31
    return (0 if "Positive" in kind else -limit) <= number < limit


def _listed(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    part: list[Token] = []
    for token in found:
        if token.text == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _name(token: Token) -> str:
    return token.word or token.text[1:-1].replace('""', '"')


def _string(token: Token) -> str | None:
    """The value of a plain string literal."""
    if token.kind is not TokenKind.STRING or not token.text.startswith("'"):
        return None
    return token.text[1:-1].replace("''", "'")


def _is_number(key: str) -> bool:
    """As KeyTransform tells an array's element from an object's key."""
    try:
        int(key)
    except ValueError:
        return False
    return True


def _without_text_casts(found: Sequence[Token]) -> Iterator[Token]:
    """A literal is text already, where it stands beside a text."""
    at = 0
    while at < len(found):
        yield found[at]
        is_string = found[at].kind is TokenKind.STRING
        following = [token.word or token.text for token in found[at + 1 : at + 3]]
        at += 3 if is_string and following == ["::", "text"] else 1


def _closing(found: Sequence[Token]) -> int:
    """Where the parenthesis at the beginning is closed."""
    depth = 0
    for position, token in enumerate(found):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return position
    return -1
