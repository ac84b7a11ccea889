"""What Python files say, by their syntax tree alone: values that are written out, and comments."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbaudit.workload.token_reader import UnreadableError

#: What the names of a module or function stand for, where that is written out.
Names = Mapping[str, ast.expr]

_MOST_LOOKUPS = 20


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its dotted name, such as `op.create_index`."""

    name: str
    node: ast.Call

    @property
    def last(self) -> str:
        """The name without what stands before the last dot."""
        return self.name.rsplit(".", 1)[-1]

    def argument(self, position: int | None, keyword: str) -> ast.expr | None:
        """The argument by its keyword, else by its position; None where it is not given."""
        for one in self.node.keywords:
            if one.arg == keyword:
                return one.value
        if position is not None and position < len(self.node.args):
            return self.node.args[position]
        return None


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed module; `comments` are by line, those of `alone` with no code beside them; `names`
    those that the module assigns."""

    tree: ast.Module
    comments: Mapping[int, str]
    alone: frozenset[int]
    names: Names = field(default_factory=dict)

    def comment_of(self, node: ast.AST) -> str:
        """The comment in the lines directly above a node, and those beside it."""
        first = getattr(node, "lineno", 1)
        last = getattr(node, "end_lineno", None) or first
        above, line = [], first - 1
        while line in self.alone:
            above.append(self.comments[line])
            line -= 1
        beside = [self.comments[n] for n in range(first, last + 1) if n in self.comments]
        return "\n".join([*reversed(above), *beside])


def read_source(path: Path) -> Source:
    """The module in a file. Raises UnreadableError, which does not name the file."""
    return parse_source(read_text(path))


def read_text(path: Path) -> str:
    """The text of a file. Raises UnreadableError, which does not name the file."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 (byte {error.start + 1}); save it as UTF-8") from None
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}") from None


def parse_source(text: str) -> Source:
    """The module. Raises UnreadableError with the line when it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        raise UnreadableError(f"not valid Python: line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"not valid Python: {error}") from None
    comments = _comments(text)
    lines = text.splitlines()
    alone = (line for line in comments if lines[line - 1].lstrip().startswith("#"))
    return Source(tree, comments, frozenset(alone), assigned(tree.body))


def assigned(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """The names that these statements give a value, the last one counts."""
    found: dict[str, ast.expr] = {}
    for statement in body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        found.update({target.id: value for target in targets if isinstance(target, ast.Name)})
    return found


def elements(node: ast.AST | None) -> Sequence[ast.expr]:
    """What a list or tuple holds; nothing for anything else."""
    return node.elts if isinstance(node, ast.List | ast.Tuple) else ()


def first_line(node: ast.expr) -> int:
    """Where a text begins, whatever stands around it: the line of its first constant."""
    constants = (one for one in ast.walk(node) if isinstance(one, ast.Constant))
    return min((one.lineno for one in constants), default=node.lineno)


def call_of(node: ast.AST | None) -> Call | None:
    """The node as a call of a dotted name, None for anything else."""
    if not isinstance(node, ast.Call):
        return None
    name = dotted(node.func)
    return Call(name, node) if name else None


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` of names and attributes; a call in between stands as `()`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else None
    if isinstance(node, ast.Call):
        before = dotted(node.func)
        return f"{before}()" if before else None
    return None


def value_of(node: ast.expr | None, names: Names, depth: int = 0) -> Any:
    """A constant, list, tuple or mapping of them; None for no node.

    Names are looked up, strings are joined, `op.f(x)` and `text(x)` are what they wrap. Raises
    UnreadableError for what only running the file would tell.
    """
    if node is None:
        return None
    if depth > _MOST_LOOKUPS:
        raise UnreadableError("its value goes round in circles")
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [value_of(element, names, depth + 1) for element in node.elts]
    if isinstance(node, ast.Dict):
        keys = (str(value_of(key, names, depth + 1)) for key in node.keys)
        values = (value_of(value, names, depth + 1) for value in node.values)
        return dict(zip(keys, values, strict=True))
    if isinstance(node, ast.Name) and node.id in names:
        return value_of(names[node.id], names, depth + 1)
    return _computed(node, names, depth)


def text_of(node: ast.expr | None, names: Names) -> str | None:
    """The value as a text, None where none is given. Raises UnreadableError for anything else."""
    value = value_of(node, names)
    if value is None or isinstance(value, str):
        return value
    raise UnreadableError(f"expected a text, not {value!r}"[:80])


def texts_of(node: ast.expr | None, names: Names) -> list[str]:
    """The value as texts, none where it is not given. Raises UnreadableError for anything else."""
    value = value_of(node, names)
    found = [value] if isinstance(value, str) else value or []
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return found
    raise UnreadableError(f"expected texts, not {value!r}"[:80])


def words_of(node: ast.expr | None, names: Names) -> dict[str, str]:
    """A mapping with its values as texts, an empty one where it is not given.

    Raises UnreadableError for anything else.
    """
    value = value_of(node, names)
    if value is None or isinstance(value, dict):
        return {key: str(one) for key, one in (value or {}).items()}
    raise UnreadableError(f"expected a mapping, not {value!r}"[:80])


def _computed(node: ast.expr, names: Names, depth: int) -> Any:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(value_of(part, names, depth + 1)) for part in node.values)
    if isinstance(node, ast.FormattedValue) and node.format_spec is None and node.conversion == -1:
        return value_of(node.value, names, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (value_of(side, names, depth + 1) for side in (node.left, node.right))
        if type(left) is type(right) and isinstance(left, str | list):
            return left + right
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = value_of(node.operand, names, depth + 1)
        if isinstance(number, int | float):
            return -number
    call = call_of(node)
    if (
        call is not None
        and call.last in ("f", "text", "literal_column", "dedent")
        and (len(call.node.args) == 1)
    ):
        return value_of(call.node.args[0], names, depth + 1)
    raise UnreadableError(f"{ast.unparse(node)[:60]!r} is known only when the file runs")


def _comments(text: str) -> dict[int, str]:
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string.lstrip("#: ").strip()
    except (tokenize.TokenError, SyntaxError):  # the parser has taken it: comments alone are lost
        pass
    return found
