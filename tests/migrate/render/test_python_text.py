"""What is written as Python is what Python reads."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from dbaudit.migrate.render.python_text import literal, literal_lines


@given(st.text(max_size=300))
def test_python_reads_the_same_text(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text
    lines = literal_lines(text, "        ")
    assert ast.literal_eval("(" + "\n".join(lines) + ")") == text
