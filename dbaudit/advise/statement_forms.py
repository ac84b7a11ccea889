"""Statements that make the server count, sort or compare more than their result needs.

Found in the statement's tokens. Each form gives the same rows whatever the data, or there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dbaudit.advise.catalog import TableFacts, TableName
from dbaudit.identifiers import quote_ident
from dbaudit.workload.lexer import Token, TokenKind, fold, significant, tokens
from dbaudit.workload.table_use import QueryUses, TableUse

#: What makes a subquery more than a filter of its tables.
_SHAPING = frozenset(
    "group having order limit offset fetch union intersect except window for distinct".split()
)
_OUTER = frozenset(("left", "right", "full"))
#: What may stand before and after a condition that is replaced by another.
_BEFORE = frozenset(("where", "and", "or", "not", "on", "having", "when", "select", "(", ","))
_AFTER = frozenset(
    ("", "and", "or", ")", "group", "order", "limit", "then", "as", ",", "from", ";", "having")
)
#: `count(*)` compared, and whether rows must exist for it.
_COMPARED = {
    (">", "0"): True,
    (">=", "1"): True,
    ("<>", "0"): True,
    ("!=", "0"): True,
    ("=", "0"): False,
    ("<", "1"): False,
}


@dataclass(frozen=True, slots=True)
class Form:
    """The whole statement anew, and why."""

    statement: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A statement's tokens without blanks, what its tables are, and where brackets close."""

    text: str
    found: Sequence[Token]
    uses: QueryUses
    tables: Mapping[TableName, TableFacts]

    def word(self, at: int) -> str:
        """The token in lower case, "" beyond the ends."""
        if not 0 <= at < len(self.found):
            return ""
        token = self.found[at]
        return token.text if token.kind is TokenKind.QUOTED_IDENT else fold(token.text)

    def name(self, at: int) -> str | None:
        """The name that a token is, None when it is none."""
        if not 0 <= at < len(self.found):
            return None
        token = self.found[at]
        if token.kind is TokenKind.QUOTED_IDENT and token.text.startswith('"'):
            return token.text[1:-1].replace('""', '"')
        return fold(token.text) if token.kind is TokenKind.WORD else None

    def closing(self, at: int) -> int:
        """The token that closes the bracket at `at`."""
        depth = 0
        for number in range(at, len(self.found)):
            depth += (self.word(number) == "(") - (self.word(number) == ")")
            if depth == 0:
                return number
        return len(self.found)

    def top_level(self, begin: int, end: int) -> Iterator[int]:
        """The tokens of a stretch that are in no bracket of it."""
        number = begin
        while number < end:
            if self.word(number) == "(":
                number = self.closing(number)
            else:
                yield number
            number += 1

    def cut(self, begin: int, end: int) -> str:
        """What was written from one token up to, but without, another."""
        stop = self.found[end - 1].end if end > begin else self.found[begin].start
        return self.text[self.found[begin].start : stop]

    def with_text(self, begin: int, end: int, text: str) -> str:
        """The statement with other text for the tokens from `begin` to before `end`."""
        return self.text[: self.found[begin].start] + text + self.text[self.found[end - 1].end :]


def statement_forms(
    statement: str, uses: QueryUses, tables: Mapping[TableName, TableFacts]
) -> list[Form]:
    """The other forms of a statement that are known, each by itself."""
    read = _Read(statement, significant(tokens(statement)), uses, tables)
    return [form for make in _FORMS if (form := make(read)) is not None]


def _exists(read: _Read) -> Form | None:
    """`(SELECT count(*) FROM …) > 0` counts all where one row would tell."""
    for begin in range(len(read.found)):
        words = [read.word(at) for at in range(begin, begin + 7)]
        if words[:4] != ["(", "select", "count", "("] or words[5:] != [")", "from"]:
            continue
        end = read.closing(begin)
        compared = _COMPARED.get((read.word(end + 1), read.word(end + 2)))
        is_whole = read.word(begin - 1) in _BEFORE and read.word(end + 3) in _AFTER
        if words[4] not in ("*", "1") or compared is None or not is_whole:
            continue
        if _is_shaped(read, begin + 6, end):
            continue
        exists = f"EXISTS (SELECT {read.cut(begin + 6, end)})"
        text = exists if compared else f"NOT {exists}"
        reason = "EXISTS ends with the first row, count(*) reads them all"
        return Form(read.with_text(begin, end + 3, text), reason)
    return None


def _not_exists(read: _Read) -> Form | None:
    """`x NOT IN (SELECT y FROM …)` is an anti-join where neither x nor y can be NULL."""
    if any(read.word(at) in _OUTER for at in range(len(read.found))):
        return None
    for at in range(len(read.found)):
        if [read.word(at + n) for n in range(4)] != ["not", "in", "(", "select"]:
            continue
        begin = at - 3 if read.word(at - 2) == "." else at - 1
        form = _anti_join(read, begin, at + 2)
        if form is not None and read.word(begin - 1) in _BEFORE:
            return form
    return None


def _anti_join(read: _Read, begin: int, bracket: int) -> Form | None:
    """The form of `outer NOT IN (SELECT inner FROM table [alias] [WHERE …])`."""
    end = read.closing(bracket)
    top = list(read.top_level(bracket + 1, end))
    source = next((at for at in top if read.word(at) == "from"), None)
    where = next((at for at in top if read.word(at) == "where"), end)
    if source is None or _is_shaped(read, bracket + 2, end) or where - source > _LONGEST_SOURCE:
        return None
    inside = [use for use in read.uses.tables if use.alias == read.name(where - 1)]
    outside = [use for use in read.uses.tables if use not in inside]
    inner = _column(read, bracket + 2, source, inside) if len(inside) == 1 else None
    outer = _column(read, begin, bracket - 2, outside)
    if inner is None or outer is None or not (inner.is_not_null and outer.is_not_null):
        return None
    condition = f"{inner.sql} = {outer.sql}"
    if where < end:
        condition = f"({read.cut(where + 1, end)}) AND {condition}"
    text = f"NOT EXISTS (SELECT {read.cut(source, where)} WHERE {condition})"
    reason = "NOT IN keeps the subquery's rows in memory; NOT EXISTS is an anti-join"
    return Form(read.with_text(begin, end + 1, text), f"{reason}; neither column can be NULL")


#: FROM schema . table AS alias.
_LONGEST_SOURCE = 6


@dataclass(frozen=True, slots=True)
class _Column:
    """A column with the table reference that it is of."""

    use: TableUse
    name: str
    is_not_null: bool

    @property
    def sql(self) -> str:
        """The column with its reference's alias."""
        return f"{quote_ident(self.use.alias)}.{quote_ident(self.name)}"


def _column(read: _Read, begin: int, end: int, uses: Sequence[TableUse]) -> _Column | None:
    """The column of one of the uses that `name` or `alias.name` means; None when not sure."""
    names = [read.name(at) for at in range(begin, end) if read.word(at) != "."]
    is_name = end - begin in (1, 3) and len(names) == (end - begin + 1) // 2
    if not is_name or None in names:
        return None
    name = str(names[-1])
    found = []
    for use in uses:
        table = read.tables.get((use.schema or "", use.table))
        if table is None:
            return None
        if name in table.columns and (len(names) == 1 or use.alias == names[0]):
            found.append(_Column(use, name, table.columns[name].not_null))
    return found[0] if len(found) == 1 else None


def _is_shaped(read: _Read, begin: int, end: int) -> bool:
    return any(read.word(at) in _SHAPING for at in read.top_level(begin, end))


def _no_distinct(read: _Read) -> Form | None:
    """DISTINCT of one table's rows that a unique key already tells apart."""
    is_plain = read.word(0) == "select" and read.word(1) == "distinct" and read.word(2) != "on"
    words = {read.word(at) for at in range(2, len(read.found))}
    if not is_plain or len(read.uses.tables) != 1 or words & (_SHAPING - _ORDERING | {"join"}):
        return None
    use = read.uses.tables[0]
    table = read.tables.get((use.schema or "", use.table))
    source = next((at for at in read.top_level(2, len(read.found)) if read.word(at) == "from"), 0)
    columns = _listed(read, source)
    if table is None or columns is None or not _has_key(table, columns):
        return None
    text = read.with_text(0, 2, read.found[0].text)
    return Form(text, f"a unique key of {table.name} is in the result: no row comes twice")


_ORDERING = frozenset(("order", "limit", "offset", "fetch"))


def _listed(read: _Read, source: int) -> set[str] | None:
    """The bare columns of a select list; None when anything else is in it."""
    found: set[str] = set()
    begin = 2
    for end in range(2, source + 1):
        if end < source and read.word(end) != ",":
            continue
        column = _column(read, begin, end, read.uses.tables)
        if column is None:
            return None
        found.add(column.name)
        begin = end + 1
    return found


def _has_key(table: TableFacts, columns: set[str]) -> bool:
    """Whether a unique index that covers every row has only such columns, none of them NULL."""
    for index in table.indexes:
        definition = index.definition
        keys = {key.text for key in definition.keys if not key.is_expression}
        is_sure = definition.unique and index.is_valid and definition.where is None
        is_whole = len(keys) == len(definition.keys)
        if is_sure and is_whole and keys <= columns:
            return all(table.columns[name].not_null for name in keys)
    return False


def _union(read: _Read) -> Form | None:
    """`a.x = 1 OR b.y = 2` on two tables, which no index serves, as two queries of one each.

    The second leaves out what the first has found. The select list may hold columns only, so that
    each row of the joined tables gives one of the result.
    """
    found, end = read.found, len(read.found) - (read.word(len(read.found) - 1) == ";")
    top = list(read.top_level(0, end))
    source = next((at for at in top if read.word(at) == "from"), 0)
    where = next((at for at in top if read.word(at) == "where"), end)
    is_plain = read.word(0) == "select" and not _is_shaped(read, 0, end)
    if not is_plain or any(read.word(at) == "(" for at in range(source)):
        return None
    if any(token.word in _VOLATILE for token in found) or where == end:
        return None
    arms = _arms(read, where + 1, end)
    if arms is None:
        return None
    (begin, middle), (after, stop) = arms
    first, second = read.cut(begin, middle), read.cut(after, stop)
    if _alias(read, begin, middle) in (None, _alias(read, after, stop) or None):
        return None
    whole = (begin, stop) if begin == where + 1 and stop == end else (begin - 1, stop + 1)
    one = read.with_text(*whole, f"({first})")
    other = read.with_text(*whole, f"({second}) AND ({first}) IS NOT TRUE")
    text = f"{one.rstrip().removesuffix(';')}\nUNION ALL\n{other}"
    return Form(text, "no index serves an OR over two tables; each of its sides may have one")


_VOLATILE = frozenset(("random", "nextval", "clock_timestamp", "setval", "gen_random_uuid"))

_Stretch = tuple[int, int]


def _arms(read: _Read, begin: int, end: int) -> tuple[_Stretch, _Stretch] | None:
    """The two sides of the one OR that is a WHERE, or one of its conditions in brackets."""
    ors = [at for at in read.top_level(begin, end) if read.word(at) == "or"]
    if len(ors) == 1:
        return (begin, ors[0]), (ors[0] + 1, end)
    if ors:
        return None
    for at in range(begin, end):
        close = read.closing(at) if read.word(at) == "(" else end
        is_whole = read.word(at - 1) in ("where", "and") and close < end
        if is_whole and (close + 1 == end or read.word(close + 1) == "and"):
            inside = [n for n in read.top_level(at + 1, close) if read.word(n) == "or"]
            if len(inside) == 1:
                return (at + 1, inside[0]), (inside[0] + 1, close)
    return None


def _alias(read: _Read, begin: int, end: int) -> str | None:
    """The one table reference that a stretch has conditions on."""
    low, high = read.found[begin].start, read.found[end - 1].end
    aliases = {
        use.alias
        for use in read.uses.tables
        for condition in use.conditions
        if condition.span is not None and low <= condition.span[0] and condition.span[1] <= high
    }
    return aliases.pop() if len(aliases) == 1 else None


_FORMS: tuple[Callable[[_Read], Form | None], ...] = (
    _exists,
    _not_exists,
    _no_distinct,
    _union,
)
