"""From the text of an execution to its shape, mostly without the lexer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.shape import Form, Kind, Shape, parameter_count, read_shape
from dbaudit.traffic.skeleton import (
    GAP,
    Cut,
    cut_fully,
    has_more_rows,
    is_sound,
    is_sound_in_full,
    rendered,
    shortened,
    skeleton_of_long,
    split_fast,
)
from dbaudit.traffic.tags import NO_TAGS, Tags, merged, read_tags
from dbaudit.workload.fingerprint import fingerprint_of, normalised

#: How many skeletons are remembered, and how many characters they may have together.
MAX_FORMS = 20_000
MAX_CHARACTERS = 20_000_000
#: The values of a statement longer than this are not cut out: there are millions.
MAX_CUT = 1_000_000
#: A skeleton longer than this is not read: its fingerprint is that of its words. 0.5 s a million.
MAX_LEXED = 500_000

#: Savepoints, cursors and prepared statements that frameworks number: each would be a skeleton.
_WORD = "[A-Za-z_][A-Za-z_0-9$]*"
_NAME = rf'(?:"{_WORD}"|(?!(?i:all|prepare|savepoint|x)\b){_WORD})'
_NAMED = re.compile(
    rf"""
    \A( savepoint[ ] | release[ ](?:savepoint[ ])? | rollback[ ]to[ ](?:savepoint[ ])?
       | deallocate[ ](?:prepare[ ])? | close[ ] | (?:fetch|move)[ ][a-z0-9 ]*\b(?:from|in)[ ]
    ){_NAME}( ;?\Z )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_DECLARED = re.compile(rf"\A(declare ){_NAME}(?= )", re.IGNORECASE)

#: The values of one execution: literals as written, then those bound; None where not all are told.
Values = tuple[str | None, ...] | None


class Seen(NamedTuple):
    """What the text of one execution tells."""

    form: Form
    values: Values
    tags: Tags = NO_TAGS

    @property
    def shape(self) -> Shape:
        """What it has in common with other executions."""
        return self.form.shape


#: An execution and what its text told.
Step = tuple[Seen, Execution]


class Shapes:
    """Tells the shape of each execution; remembers a bounded number of spellings."""

    def __init__(self) -> None:
        self._whole: dict[str, Form] = {}
        self._forms: dict[str, Form | None] = {}
        self._full: dict[str, Form] = {}
        self._shapes: dict[str, Shape] = {}
        self._characters = 0

    def seen(self, execution: Execution) -> Seen:
        """The form and shape of an execution, its values and its tags."""
        text = execution.text
        tags = NO_TAGS
        values: tuple[str | None, ...] = ()
        form = self._whole.get(text)
        if form is None:
            if text[-2:] == "*/" or text[:2] == "/*":
                text, tags = _without_tags(text)
            if len(text) > MAX_CUT:
                long = self._long_form(text)
                if long is not None:
                    return Seen(long, None, tags)
            pieces = split_fast(text)
            form = self._forms.get(GAP.join(pieces[::2]))
            if form is None:
                return self._seen_slowly(execution, GAP.join(pieces[::2]), tags)
            values = tuple(pieces[1::2])
        bound = execution.parameters
        if bound:
            return tuple.__new__(Seen, (form, values + bound, tags))
        if bound is None and form.parameters:
            return tuple.__new__(Seen, (form, None, tags))
        return tuple.__new__(Seen, (form, values, tags))

    def seen_all(self, executions: Iterable[Execution]) -> Iterator[Seen]:
        """The same of many; those without a literal by their text alone, without a call."""
        whole = self._whole.get
        for execution in executions:
            form, bound = whole(execution[2]), execution[4]
            if form is None or bound is None:
                yield self.seen(execution)
            else:
                yield tuple.__new__(Seen, (form, bound, NO_TAGS))

    def _seen_slowly(self, execution: Execution, skeleton: str, tags: Tags) -> Seen:
        """The first time that a skeleton is seen, and every time when it is unsound."""
        if skeleton not in self._forms:
            unnamed = _without_name(execution.text)
            if unnamed != execution.text:
                return self.seen(execution._replace(text=unnamed))
            self._make_room(len(skeleton))
            self._forms[skeleton] = self._new_form(skeleton) if is_sound(skeleton) else None
            if self._forms[skeleton] is not None:
                if GAP not in skeleton and skeleton == execution.text:
                    self._whole[skeleton] = self._form(skeleton)
                return self.seen(execution)
        cut = cut_fully(execution.text)
        for comment in cut.comments:
            tags = merged(tags, read_tags(comment))
        return _bound(self._careful_form(execution.text, cut), cut, execution, tags)

    def _long_form(self, text: str) -> Form | None:
        """The form of a long text; None where it is to be read like others."""
        skeleton = skeleton_of_long(text)
        form = self._forms.get(skeleton)
        if form is None and is_sound(skeleton):
            self._make_room(len(skeleton))
            form = self._forms[skeleton] = self._new_form(skeleton)
            form.is_long = True
        return form

    def _form(self, skeleton: str) -> Form:
        form = self._forms[skeleton]
        assert form is not None
        return form

    def _careful_form(self, text: str, cut: Cut) -> Form:
        is_readable = is_sound_in_full(cut.skeleton)
        key = cut.skeleton if is_readable else text
        form = self._full.get(key)
        if form is None:
            self._make_room(len(key))
            form = self._new_form(key) if is_readable else self._unread_form(text)
            self._full[key] = form
        return form

    def _new_form(self, skeleton: str) -> Form:
        short = shortened(skeleton)
        if len(short) > MAX_LEXED:
            return self._unread_form(short)
        sql = rendered(short)
        return Form(
            shape=self._shape(normalised(sql), sql),
            skeleton=skeleton,
            literals=skeleton.count(GAP),
            parameters=parameter_count(sql),
            is_long=has_more_rows(skeleton),
        )

    def _unread_form(self, text: str) -> Form:
        """The form of a text that must be lexed each time, or is too long to be."""
        if len(text) <= MAX_LEXED:
            return Form(self._shape(normalised(text), text), text, -1, 0)
        words = " ".join(text.split())
        return Form(Shape(fingerprint_of(words), words[:100] + " …", Kind.OTHER), "", -1, 0)

    def _shape(self, normal_form: str, sql: str) -> Shape:
        name = fingerprint_of(normal_form)
        shape = self._shapes.get(name)
        if shape is None:
            shape = self._shapes[name] = read_shape(name, normal_form, sql)
        return shape

    def _make_room(self, characters: int) -> None:
        """Forget everything when there is too much: what is in use is soon known again."""
        self._characters += characters
        if len(self._forms) + len(self._full) >= MAX_FORMS or self._characters > MAX_CHARACTERS:
            for cache in (self._whole, self._forms, self._full, self._shapes):
                cache.clear()
            self._characters = characters


def _without_name(text: str) -> str:
    """The statement with a name that means nothing, where it names what frameworks number."""
    return _DECLARED.sub(r"\g<1>x", _NAMED.sub(r"\g<1>x\g<2>", text))


def _bound(form: Form, cut: Cut, execution: Execution, tags: Tags) -> Seen:
    bound = execution.parameters
    is_known = form.literals >= 0 and (bound is not None or not form.parameters)
    return Seen(form, (*cut.values, *(bound or ())) if is_known else None, tags)


def _without_tags(text: str) -> tuple[str, Tags]:
    """The statement without its last and first comment, when those are what they seem.

    Where they are not, the comment's mark stays in the text, and its skeleton is not sound.
    """
    tags = NO_TAGS
    if text.endswith("*/"):
        at = text.rfind("/*")
        if at >= 0 and text.find("*/", at + 2) == len(text) - 2:
            tags = read_tags(text[at:])
            text = text[:at].rstrip(" \t\r\n\f\v")
    if text.startswith("/*"):
        end = text.find("*/", 2)
        if end >= 0 and "/*" not in text[2:end]:
            tags = merged(read_tags(text[: end + 2]), tags)
            text = text[end + 2 :].lstrip(" \t\r\n\f\v")
    return text, tags
