"""The parameters of a statement, in whichever of three spellings, as PostgreSQL's $1, $2 …."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbaudit.workload.lexer import Token, TokenKind, significant

#: Words after which an operand must come, so that `%s` there is a driver's placeholder.
_BEFORE_OPERAND = frozenset(
    """
    and any between by case distinct else fetch first having ilike in interval like limit next not
    offset on or returning select then values when where
    """.split()
)
_OPENING = frozenset("([,")
#: What would run together with a $1 put beside it: `limit%(n)s`.
_WORDS = frozenset({TokenKind.WORD, TokenKind.NUMBER})


class PlaceholderError(ValueError):
    """The statement's parameters cannot be understood; `position` is the offset of the token."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def numbered(found: Sequence[Token]) -> tuple[str, tuple[str, ...]]:
    """The statement with $1, $2 … and the parameters' names in that order.

    A parameter that occurs twice has one number. The parameters of a statement already numbered
    are named "1", "2" …. Raises PlaceholderError for two spellings in one statement, for a gap in
    the numbers, and for the positional `%s`, which gives a parameter no name.
    """
    parameters = [token for token in found if token.is_parameter]
    _refuse_mixed(parameters)
    _refuse_positional(significant(list(found)))
    names = _names(parameters)
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    is_pyformat = any(token.kind is TokenKind.PYFORMAT_PARAMETER for token in parameters)
    pieces: list[str] = []
    for before, token in zip([None, *found], found, strict=False):
        touches = (
            before is not None
            and _WORDS & {before.kind, token.kind}
            and (token.is_parameter or before.is_parameter)
        )
        pieces.append(" " if touches else "")
        number = numbers.get(token.parameter_name) if token.is_parameter else None
        pieces.append(number or _plain(token, is_pyformat))
    return "".join(pieces), names


def _plain(token: Token, is_pyformat: bool) -> str:
    """The token's text; a driver with pyformat parameters makes `%%` one `%`, in strings too."""
    return token.text.replace("%%", "%") if is_pyformat else token.text


def _names(parameters: Iterable[Token]) -> tuple[str, ...]:
    names = dict.fromkeys(token.parameter_name for token in parameters)
    if not any(token.kind is TokenKind.NUMBERED_PARAMETER for token in parameters):
        return tuple(names)
    numbers = {int(name) for name in names}
    for token in parameters:
        expected = range(1, int(token.parameter_name))
        missing = next((number for number in expected if number not in numbers), None)
        if missing is not None or token.text.startswith("$0"):
            raise PlaceholderError(f"{token.text} but no ${missing or 1}", token.start)
    return tuple(str(number) for number in sorted(numbers))


def _refuse_mixed(parameters: Sequence[Token]) -> None:
    for token in parameters:
        if token.kind is not parameters[0].kind:
            raise PlaceholderError(
                f"parameters {parameters[0].text} and {token.text} are spelled in two ways; "
                "use one of :name, $1 and %(name)s throughout the statement",
                token.start,
            )


def _refuse_positional(found: Sequence[Token]) -> None:
    for before, sign, letter in zip([None, *found], found, found[1:], strict=False):
        if sign.kind is not TokenKind.OPERATOR or letter.text != "s" or letter.start != sign.end:
            continue
        if sign.text.endswith("=%") or (sign.text == "%" and _wants_operand(before)):
            raise PlaceholderError(
                "the positional parameter %s is not supported; write %(name)s, :name or $1",
                sign.start,
            )


def _wants_operand(before: Token | None) -> bool:
    if before is None:
        return True
    if before.kind is TokenKind.OPERATOR:
        return True
    return before.text in _OPENING or before.word in _BEFORE_OPERAND
