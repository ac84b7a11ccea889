"""The lexer keeps every character and cuts as PostgreSQL does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.workload.lexer import LexError, TokenKind, significant, statements, tokens

SQL_PIECES = st.sampled_from(
    [
        "select",
        " ",
        "\n",
        "'",
        "''",
        '"',
        "$$",
        "$a$",
        "$1",
        ":n",
        "%(n)s",
        "::",
        ":=",
        ";",
        "--",
        "/*",
        "*/",
        "E'",
        "\\",
        "-",
        "+",
        "@",
        "?",
        "=",
        "(",
        ")",
        "[",
        "]",
        "é",
        "😀",
        "1.5",
        "x",
    ]
)
SQL_TEXT = st.lists(SQL_PIECES, max_size=30).map("".join) | st.text(max_size=60)


@given(SQL_TEXT)
def test_nothing_is_lost(text: str) -> None:
    try:
        found = tokens(text)
    except LexError as error:
        assert 0 <= error.position < len(text)
        return
    assert "".join(token.text for token in found) == text
    assert [token.start for token in found[1:]] == [token.end for token in found[:-1]]
    assert "".join(token.text for piece in statements(text) for token in piece) == text


def texts(sql: str) -> list[str]:
    return [token.text for token in significant(tokens(sql))]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a::int", ["a", "::", "int"]),
        ("a[1:2]", ["a", "[", "1", ":", "2", "]"]),
        ("f(x := :v)", ["f", "(", "x", ":=", ":v", ")"]),
        ("array[:a,:b]", ["array", "[", ":a", ",", ":b", "]"]),
        ("a=-1", ["a", "=", "-", "1"]),
        ("a@-1", ["a", "@-", "1"]),
        ("a+-+1", ["a", "+", "-", "+", "1"]),
        ("a=%(x)s", ["a", "=", "%(x)s"]),
        ("1--2\n+3", ["1", "+", "3"]),
        ("1/*/* */;*/-2", ["1", "-", "2"]),
        ("E'\\'';'x'", ["E'\\''", ";", "'x'"]),
        ("$a$ $$ ; $a$;", ["$a$ $$ ; $a$", ";"]),
        ("a$1", ["a$1"]),
        ('"a""b".c', ['"a""b"', ".", "c"]),
        ("d ? 'k' and e ?| f", ["d", "?", "'k'", "and", "e", "?|", "f"]),
        ("1..2 .5 1e5 0xFF 1_000", ["1", "..", "2", ".5", "1e5", "0xFF", "1_000"]),
        ("json_object('k':v)", ["json_object", "(", "'k'", ":", "v", ")"]),
    ],
)
def test_cuts_as_the_server_does(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


def test_a_long_run_of_operators_takes_no_time() -> None:
    assert len(tokens("+" * 20_000)) == 20_000


@pytest.mark.parametrize("sql", ["'", 'a"', "$$ x", "/* /* */", "E'\\'", "select U&'x"])
def test_what_never_ends_is_an_error(sql: str) -> None:
    with pytest.raises(LexError):
        tokens(sql)


def test_statements_end_at_their_semicolons_only() -> None:
    sql = "select ';', $$;$$ -- ;\n; /* ; */ select \";\""
    assert len(statements(sql)) == 2


def test_words_fold_as_the_server_folds_them() -> None:
    word = tokens("ÉCOLE_X")[0]
    assert word.kind is TokenKind.WORD
    assert word.word == "École_x"
