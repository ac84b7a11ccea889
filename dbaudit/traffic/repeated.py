"""A statement that ran again and again, with $1, $2 … for what differed: from two executions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dbaudit.identifiers import quote_literal
from dbaudit.traffic.roles import Role, value_roles
from dbaudit.traffic.totals import Example
from dbaudit.traffic.trace_file import is_hashed
from dbaudit.workload.batched_reading import Repeated
from dbaudit.workload.batched_text import type_of_values
from dbaudit.workload.lexer import LexError, Token, TokenKind, significant, tokens

_LITERALS = frozenset((TokenKind.STRING, TokenKind.NUMBER))


@dataclass(frozen=True, slots=True)
class ReadExamples:
    """The statement of executions of one shape, and the values of each by parameter."""

    repeated: Repeated
    values: Mapping[int, tuple[str | None, ...]]
    #: Parameters whose value is known for each execution.
    known: frozenset[int]


def repeated(examples: Sequence[Example]) -> Repeated | None:
    """The statement of executions of one shape; None where their texts are of different forms.

    Literals that stayed the same stay: a page's length, a JSON key. Those that differed, and what
    was bound, are numbered parameters.
    """
    found = read_examples(examples)
    return None if found is None else found.repeated


def repeated_lookup(normal_form: str) -> Repeated | None:
    """The statement of a normal form (`?` for each value) that looks up by one key, else None."""
    try:
        found = significant(tokens(normal_form))
    except LexError:
        return None
    count = 0
    pieces: list[str] = []
    for token in found:
        count += token.text == "?"
        pieces.append(f"${count}" if token.text == "?" else token.text)
    statement = _joined(found, pieces)
    roles = value_roles(statement)[1]
    keys = frozenset(n for n, role in enumerate(roles, 1) if role is Role.KEY)
    return Repeated(statement, keys) if len(keys) == 1 else None


def of_one_form(examples: Sequence[Example]) -> list[Example]:
    """Those that differ from the first in their values alone."""
    forms = [_form(each.text) for each in examples]
    return [each for each, form in zip(examples, forms, strict=True) if form == forms[0]]


def _form(text: str) -> tuple[str, ...] | None:
    try:
        found = _significant(text)
    except LexError:
        return None
    return tuple(t.kind if t.kind in _LITERALS else t.word or t.text for t in found)


def read_examples(examples: Sequence[Example]) -> ReadExamples | None:
    """As `repeated`, with the values."""
    forms = {_form(each.text) for each in examples}
    if len(forms) != 1 or None in forms:
        return None
    texts = [_significant(each.text) for each in examples]
    bound = [each.parameters or () for each in examples]
    numbers, count = _numbers(texts[0], len(bound[0]))
    values: dict[int, tuple[str | None, ...]] = {
        n: tuple(given[n - 1] if n <= len(given) else None for given in bound)
        for n in range(1, count + 1)
    }
    known = {
        n
        for n, seen in values.items()
        if all(n <= len(given) for given in bound) and not any(map(is_hashed, seen))
    }
    pieces: list[str] = []
    for at, token in enumerate(texts[0]):
        column = [text[at].text for text in texts]
        is_told = not any(is_hashed(_value(text)) for text in column)
        if token.kind in _LITERALS and (len(set(column)) > 1 or not is_told):
            number = len(values) + 1
            values[number] = tuple(_value(text) for text in column)
            known |= {number} if is_told else set()
            pieces.append(f"${number}")
        else:
            pieces.append(numbers.get(at, token.text))
    varying = frozenset(n for n, seen in values.items() if len(set(seen)) > 1)
    types = {n: type_of_values(seen) for n, seen in values.items()}
    found = Repeated(_joined(texts[0], pieces), varying, types)
    return ReadExamples(found, values, frozenset(known))


def _significant(text: str) -> list[Token]:
    found = significant(tokens(text))
    while found and found[-1].kind is TokenKind.SEMICOLON:
        found.pop()
    return found


def _numbers(found: Sequence[Token], bound: int) -> tuple[dict[int, str], int]:
    """The number of each parameter by its token's place, and how many there are.

    A driver's `%s` and `?` are numbered in their order, its `%(name)s` by name.
    """
    names: dict[str, int] = {}
    numbers: dict[int, str] = {}
    skipped = -1
    for at, token in enumerate(found):
        if at == skipped:
            numbers[at] = ""
        elif token.kind is TokenKind.NUMBERED_PARAMETER:
            names.setdefault(token.parameter_name, int(token.parameter_name))
        elif token.is_parameter:
            numbers[at] = f"${names.setdefault(token.parameter_name, len(names) + 1)}"
        elif _is_positional(found, at):
            numbers[at] = f"${names.setdefault(f' {at}', len(names) + 1)}"
            skipped = at + 1
    return numbers, max([bound, *names.values()])


def _is_positional(found: Sequence[Token], at: int) -> bool:
    token = found[at]
    after = found[at + 1] if at + 1 < len(found) else None
    return (
        token.text == "%" and after is not None and after.text == "s" and after.start == token.end
    )


def _joined(found: Sequence[Token], pieces: Sequence[str]) -> str:
    return "".join(_spaced(found, pieces)).strip()


def _spaced(found: Sequence[Token], pieces: Sequence[str]) -> Iterator[str]:
    """The pieces as far apart as their tokens were; comments and line breaks are one blank."""
    end = 0
    for token, piece in zip(found, pieces, strict=True):
        yield " " if token.start > end else ""
        yield piece
        end = token.end


def _value(literal: str) -> str:
    """The value of a literal as far as its form matters."""
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    return literal


def with_values(example: Example) -> str:
    """The statement of an execution with the values that were bound as literals.

    What only a hash is known of stays a parameter.
    """
    try:
        found = _significant(example.text)
    except LexError:
        return example.text
    bound = example.parameters or ()
    numbers, _ = _numbers(found, len(bound))
    pieces = []
    for at, token in enumerate(found):
        number = numbers.get(at, token.text if token.is_parameter else "")
        is_known = number.startswith("$") and int(number[1:]) <= len(bound)
        value = bound[int(number[1:]) - 1] if is_known else None
        is_known = is_known and not is_hashed(value)
        literal = "NULL" if value is None else quote_literal(value).strip()
        pieces.append(literal if is_known else numbers.get(at, token.text))
    return _joined(found, pieces)
