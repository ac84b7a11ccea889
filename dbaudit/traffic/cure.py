"""The cure of a loop: one statement for its many, and what the application's library calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.traffic.loop import LoopKind
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.orm import Wanted, advice, library_of
from dbaudit.traffic.repeated import repeated, repeated_lookup, with_values
from dbaudit.traffic.shape import Kind, Shape
from dbaudit.traffic.totals import Example
from dbaudit.workload.batched import batched
from dbaudit.workload.batched_parent import with_parent
from dbaudit.workload.batched_reading import Batch, Repeated
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.fingerprint import fingerprint

#: An underscore between letters in a LIKE is mostly meant as itself, and is a wildcard.
_WILDCARD = re.compile(r"\bLIKE\s+('(?:[^'\\]|'')*[A-Za-z0-9]_[A-Za-z0-9](?:[^'\\]|'')*')", re.I)

#: Forms that need no types, which nothing tells where only counters are known.
_WITHOUT_TYPES = frozenset(("any", "group"))

#: Every number of so many digits fits into PostgreSQL's integer.
_DIGITS_OF_INTEGER = 9

_WORDS = {
    LoopKind.N_PLUS_ONE: "ask for all keys in one statement",
    LoopKind.ROW_BY_ROW_WRITE: "write all rows with one statement, executemany() or COPY",
    LoopKind.REPEATED_QUERY: "ask once and keep the answer for as long as the request lasts",
}
_OF_UPSERTS = (
    "write all rows with one statement, INSERT … ON CONFLICT (…) DO UPDATE where some may be new, "
    "rather than look each up"
)
_OF_CALLS = (
    "call the function in the query that reads the rows, among its columns or by LATERAL, or write "
    "one that takes all keys as an array"
)


@dataclass(frozen=True, slots=True)
class BatchedChild:
    """A statement of the loop, and the one that stands for all of its executions."""

    child: Shape
    repeated: Repeated
    batch: Batch
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Cure:
    """What to do about a loop: a sentence, and the statements that replace those in the loop.

    `joined` asks the parent's question and the child's in one statement, where it can be told how
    they belong together.
    """

    summary: str
    batches: tuple[BatchedChild, ...] = ()
    joined: str | None = None

    @property
    def sql(self) -> tuple[str, ...]:
        """The statements, the joined one last."""
        found = tuple(each.batch.sql for each in self.batches)
        return found if self.joined is None else (*found, self.joined)


def cure(pattern: LoopPattern, catalog: Catalog, tags: Mapping[str, str]) -> Cure:
    """The cure of a pattern; `tags` are those of its children, such as framework."""
    batches = () if pattern.kind is LoopKind.REPEATED_QUERY else tuple(_batches(pattern, catalog))
    joined = _joined(pattern, batches, catalog)
    parts = [_words(pattern), _library_advice(pattern, batches, tags)]
    parts.append(_warning(pattern, batches))
    return Cure("; ".join(part for part in parts if part), batches, joined)


def _words(pattern: LoopPattern) -> str:
    if all(child.kind is Kind.CALL for child in pattern.children):
        return "give the procedure all keys at once, as an array"
    is_write = pattern.kind is LoopKind.ROW_BY_ROW_WRITE
    if is_write and any(child.kind is Kind.SELECT for child in pattern.children):
        return _OF_UPSERTS
    return _OF_CALLS if _are_calls(pattern) else _WORDS[pattern.kind]


def _are_calls(pattern: LoopPattern) -> bool:
    return all(child.functions for child in pattern.children)


def _batches(pattern: LoopPattern, catalog: Catalog) -> Sequence[BatchedChild]:
    by_child: dict[str, list[Example]] = {}
    for example in pattern.examples:
        by_child.setdefault(fingerprint(example.text), []).append(example)
    found = []
    for child in pattern.children:
        examples = tuple(by_child.get(child.fingerprint, ()))
        ours = repeated(examples) if examples else repeated_lookup(child.text)
        if ours is not None and child.functions:
            ours = _with_integers(ours, examples)
        batch = None if ours is None else batched(ours, catalog)
        if ours is None or batch is None or child.fingerprint in pattern.hidden:
            continue
        if examples or batch.form in _WITHOUT_TYPES:
            found.append(BatchedChild(child, ours, batch, examples))
    return found


def _with_integers(ours: Repeated, examples: Sequence[Example]) -> Repeated:
    """With the type integer where it will do: what takes a bigint takes it too, not vice versa."""
    values = [value or "" for example in examples for value in example.values or ()]
    if any(len(value) > _DIGITS_OF_INTEGER for value in values if value.isdigit()):
        return ours
    types = {n: "integer" if name == "bigint" else name for n, name in ours.types.items()}
    return replace(ours, types=types)


def _joined(pattern: LoopPattern, batches: Sequence[BatchedChild], catalog: Catalog) -> str | None:
    """Of a loop with one statement a turn: two would need the first one's answers."""
    if pattern.parent_example is None or len(batches) != 1 or len(pattern.children) != 1:
        return None
    parent = with_values(pattern.parent_example)
    return with_parent(batches[0].batch, batches[0].repeated, parent, catalog)


def _library_advice(
    pattern: LoopPattern, batches: Sequence[BatchedChild], tags: Mapping[str, str]
) -> str | None:
    if pattern.kind is LoopKind.REPEATED_QUERY or _are_calls(pattern):
        return None
    texts = [example.text for example in pattern.examples]
    named = [*pattern.libraries, tags.get("framework"), tags.get("db_driver")]
    library = library_of(texts, named)
    to_one = any(_is_identity(each.batch) for each in batches)
    loads = next(iter(pattern.loads), None)
    return advice(library, Wanted(_kind(pattern).value, to_one, loads))


def _kind(pattern: LoopPattern) -> Kind:
    """What the loop does in the first place."""
    if pattern.kind is LoopKind.ROW_BY_ROW_WRITE:
        return pattern.costliest.kind
    return pattern.children[0].kind


def _is_identity(batch: Batch) -> bool:
    """Whether the key is that of the row itself rather than of the row it belongs to."""
    return any(column.lower() in ("id", "pk", "uuid") for column in batch.columns)


def _warning(pattern: LoopPattern, batches: Sequence[BatchedChild]) -> str | None:
    """What a batch by pattern would take along that the loop may have left out."""
    texts = [each.repeated.statement for each in batches]
    if pattern.parent_example is not None:
        texts.append(pattern.parent_example.text)
    found = next((match for text in texts if (match := _WILDCARD.search(text))), None)
    if found is None:
        return None
    return (
        f"mind that _ in LIKE {found[1]} matches any character: where the loop leaves such rows "
        "out, write starts_with()"
    )
