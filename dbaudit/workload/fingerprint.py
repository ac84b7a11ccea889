"""One name for all statements that differ only in their values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from dbaudit.identifiers import quote_ident
from dbaudit.workload.driver_marks import with_placeholders, without_names
from dbaudit.workload.lexer import LexError, Token, TokenKind, significant, tokens

_VALUE = "?"
_VALUE_KINDS = frozenset(
    {
        TokenKind.STRING,
        TokenKind.NUMBER,
        TokenKind.NUMBERED_PARAMETER,
        TokenKind.NAMED_PARAMETER,
        TokenKind.PYFORMAT_PARAMETER,
    }
)
_VALUE_WORDS = frozenset(("true", "false", "null"))
#: After these words TRUE, FALSE and NULL are part of the statement's form, not a value.
_FORM_BEFORE = frozenset(("is", "not", "set", "default"))
#: Keywords that are operands themselves, so that a sign after them is binary.
_OPERAND_KEYWORDS = frozenset(
    """
    true false null end user current_user session_user current_role current_date current_time
    current_timestamp current_catalog current_schema localtime localtimestamp
    """.split()
)


def fingerprint(sql: str) -> str:
    """Sixteen hex digits, the same whatever the statement's values, white space and comments.

    Nor do the spelling of parameters (those of drivers, `%s` and `?`, are known too), the case of
    keywords and unquoted names, the names of savepoints and cursors, or the length of an IN list,
    ARRAY or VALUES matter. It looks at tokens only, so every text has one.
    """
    return fingerprint_of(normalised(sql))


def fingerprint_of(normal_form: str) -> str:
    """The fingerprint of a statement that `normalised` gave."""
    return hashlib.sha256(normal_form.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def normalised(sql: str) -> str:
    """The statement as the fingerprint sees it: `?` for each value, one blank between tokens."""
    try:
        found = significant_tokens(sql)
    except LexError:
        return " ".join(sql.split())
    return _without_repetition(" ".join(_words(without_names(found))))


def significant_tokens(sql: str) -> list[Token]:
    """The tokens that count, drivers' `%s` and `?` among the parameters, no semicolon last.

    Raises LexError.
    """
    found = significant(tokens(sql))
    while found and found[-1].kind is TokenKind.SEMICOLON:
        found.pop()
    return with_placeholders(found, _wants_operand_after)


def _words(found: Iterable[Token]) -> Iterator[str]:
    """Each token in one spelling; values as `?`, without their sign."""
    before = ""
    is_string = False
    signs: list[str] = []
    for token in found:
        word = _spelling(token, before)
        if word in ("+", "-") and _wants_operand(signs[-1] if signs else before):
            signs.append(word)
            continue
        if word != _VALUE:
            yield from signs
        signs = []
        continues = is_string and token.kind is TokenKind.STRING
        if not continues:
            yield word
        before, is_string = word, token.kind is TokenKind.STRING
    yield from signs


def _spelling(token: Token, before: str) -> str:
    if token.kind in _VALUE_KINDS:
        return _VALUE
    if token.kind is TokenKind.WORD:
        is_value = token.word in _VALUE_WORDS and before not in _FORM_BEFORE
        return _VALUE if is_value else token.word
    if token.kind is TokenKind.QUOTED_IDENT and token.text.startswith('"'):
        return quote_ident(token.text[1:-1].replace('""', '"'))
    return "%" if token.text == "%%" else token.text


_KEYWORD_LIKE = re.compile(r"[a-z_]+\Z")
_OPERAND_END = frozenset((_VALUE, ")", "]"))


def _wants_operand(before: str) -> bool:
    """Whether a sign after this token belongs to the value that follows it."""
    if _KEYWORD_LIKE.match(before):
        return quote_ident(before) != before and before not in _OPERAND_KEYWORDS
    is_name = before[:1] in ('"', "_") or before[:1].isalpha()
    return not is_name and before not in _OPERAND_END


def _wants_operand_after(token: Token | None) -> bool:
    """Whether an operand must follow a token, none of which is the statement's beginning."""
    return token is None or _wants_operand(_spelling(token, ""))


_ROW = r"\( (?:[^()]|\( [^()]*\))*\)"
_MEMBER = rf"\?(?: :: \w+)?|{_ROW}"
_LIST = re.compile(rf"((?:\A| )(?:in \(|array \[)) ({_MEMBER})(?: , \2)+(?= [)\]])")
_ROWS = re.compile(rf"((?:\A| )values) ({_ROW})(?: , \2)+")
#: A driver's parameter that stands for the whole list.
_LIST_PARAMETER = re.compile(r" in \?(?= |\Z)")


def _without_repetition(text: str) -> str:
    """The text with each list of values after IN, ARRAY or VALUES cut to its first member."""
    return _LIST_PARAMETER.sub(" in ( ? )", _ROWS.sub(r"\1 \2", _LIST.sub(r"\1 \2", text)))
