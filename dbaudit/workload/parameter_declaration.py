"""The value of `-- param:`: a name, a type and a value, the last two each optional."""

from __future__ import annotations

import re

from dbaudit.query import Parameter
from dbaudit.workload.lexer import LexError, TokenKind, significant, tokens

_NAME = re.compile(r"(?:[:$]|%\()?([^\W\d]\w*|[1-9]\d*)(?:\)s)?(?=[\s=]|\Z)")
_QUOTED_VALUE = re.compile(r"'((?:[^']|'')*)'\Z", re.DOTALL)
_OF_TYPE_NAMES = frozenset({TokenKind.WORD, TokenKind.QUOTED_IDENT})


def parse_parameter(text: str) -> Parameter:
    """The parameter that `user_id bigint = 42` declares.

    The value is text up to the end of the line, quoted ('', as in SQL) or bare; a bare NULL is the
    null. Raises ValueError saying what is wrong.
    """
    match = _NAME.match(text)
    if match is None:
        raise ValueError(f"param wants a name, as in user_id bigint = 42, not {text!r}")
    declared, equals, value = text[match.end() :].partition("=")
    type_name = _type_name(declared.strip())
    if not equals:
        return Parameter(match[1], type_name)
    value = value.strip()
    if value.upper() == "NULL":
        return Parameter(match[1], type_name, is_null=True)
    return Parameter(match[1], type_name, _value(match[1], value))


def _value(name: str, text: str) -> str:
    if not text:
        raise ValueError(f"parameter {name} has no value after =; write '' for the empty string")
    if not text.startswith("'"):
        return text
    quoted = _QUOTED_VALUE.match(text)
    if quoted is None:
        raise ValueError(
            f"parameter {name}: {text} is not one quoted value; a type goes before the ="
        )
    return quoted[1].replace("''", "'")


def _type_name(text: str) -> str | None:
    """The type as written, None when there is none; nothing but a type may pass into a cast."""
    if not text:
        return None
    try:
        found = significant(tokens(text))
    except LexError as error:
        raise ValueError(f"{text!r} is not the name of a type") from error
    shape = "".join("w" if token.kind in _OF_TYPE_NAMES else token.text for token in found)
    if not re.fullmatch(r"w(\.?w)*(\(-?\d+(,-?\d+)?\))?w*(\[\d*\])*", shape):
        raise ValueError(f"{text!r} is not the name of a type")
    return text
