"""From the entries of a log to the statements that were executed.

What the server writes about a statement is spread over several entries; they belong together by
session (exec_simple_query() and exec_execute_message() in src/backend/tcop/postgres.c):

* `duration: 1.2 ms  statement: …` and `duration: 1.2 ms  execute S_1: …` tell all of it at once.
* `duration: 0.1 ms  parse S_1: …` and `bind S_1: …` come before an execute of the extended
  protocol. Their time is added to that execution, as it is part of the duration of a simple query.
* log_statement writes `statement: …` or `execute S_1: …` when a statement begins; the duration
  comes later in an entry of its own, or never: then the statement is passed on without one when
  its session begins the next.
* `ERROR: …` with a STATEMENT is an execution that failed.
* auto_explain's `duration: 1.2 ms  plan: …` is given to the statement that follows in its session
  with the same text: it is written when the executor ends, in a simple query before its duration.
  In the extended protocol that is when the portal is dropped, behind the execution's own entry:
  then an execution that `continues` brings the plan, without a duration of its own. Where the log
  has no such statement, it is an execution of its own. With a CONTEXT it ran inside a function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dbaudit.traffic.auto_explain import logged_plan
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_messages import Message, MessageReader
from dbaudit.traffic.parameters import logged_parameters
from dbaudit.traffic.tally import InputTally

#: Of how many sessions something is kept; the statement that waits longest is given up first.
MAX_WAITING = 20_000

ALONE = "durations without a statement: log_duration is on, log_statement is not"
NO_PLAN = "plans of auto_explain that cannot be read"

_FAILURES = frozenset({"ERROR", "FATAL", "PANIC"})
#: What the vxid ends in outside of a transaction: the statement was its own.
_NO_TRANSACTION = "/0"


class LoggedStatements:
    """Joins the entries of each session; one object reads one log, or several that follow."""

    def __init__(self, tally: InputTally) -> None:
        self.tally = tally
        self._messages = MessageReader()
        #: session -> (prepared statement, ms, entries that did not name it) of parse and bind
        self._planned: dict[str, tuple[str, float, int]] = {}
        #: session -> a statement that was written when it began
        self._begun: dict[str, Execution] = {}
        #: session -> what auto_explain wrote before the statement itself is written
        self._explained: dict[str, Execution] = {}
        #: session -> the last statement of the extended protocol, whose plan may come behind it
        self._executed: dict[str, str] = {}
        self._has_statements = False
        self._ready: list[Execution] = []

    def executions(self, entries: Iterable[Entry | None]) -> Iterator[Execution | None]:
        """The executions in the order in which they ended; None where the entries pause."""
        tally, read, ready = self.tally, self._read, self._ready
        entry_count = statement_count = 0
        try:
            for entry in entries:
                if entry is None:
                    yield None
                    continue
                entry_count += 1
                if not entry_count % MAX_WAITING:
                    self._forget()
                execution = read(entry)
                if ready:
                    statement_count += len(ready)
                    yield from ready
                    ready.clear()
                if execution is not None:
                    statement_count += 1
                    yield execution
        finally:
            tally.entries += entry_count
            tally.statements += statement_count

    def _forget(self) -> None:
        """Sessions end without a word: what is kept of them for later must not add up."""
        if len(self._executed) > MAX_WAITING:
            self._executed.clear()
        if len(self._planned) > MAX_WAITING:
            self._planned.clear()

    def rest(self) -> Iterator[Execution]:
        """What still waited for more when the log ended."""
        for _, _, alone in self._planned.values():
            self.tally.note(ALONE, alone)
        rest = [*self._explained.values(), *self._begun.values()]
        self._planned, self._begun, self._explained, self._executed = {}, {}, {}, {}
        self.tally.statements += len(rest)
        yield from rest

    def _read(self, entry: Entry) -> Execution | None:
        if entry[7] != "LOG":
            return self._failure(entry) if entry.severity in _FAILURES else None
        message = self._messages.read(entry[8])
        if message is None:
            return None
        kind = message[0]
        if kind == "statement" or kind == "execute":  # noqa: PLR1714 (faster than a set)
            return self._ended(entry, message)
        return self._read_part(entry, message)

    def _ended(self, entry: Entry, message: Message) -> Execution:
        """A statement with its duration."""
        kind, ms, name, text = message
        session = entry[1]
        if kind == "statement":
            parameters: tuple[str | None, ...] | None = ()
            self._has_statements = True
        else:
            parameters = self._parameters(entry[9], text)
            self._executed[session] = text
        if session in self._planned:
            ms = self._with_planning(session, name, ms)
        execution = _execution(entry, text, ms, parameters)
        if self._begun and session in self._begun:
            self._ready.append(self._begun.pop(session))
        if self._explained and session in self._explained:
            return self._with_plan(execution)
        return execution

    def _read_part(self, entry: Entry, message: Message) -> Execution | None:
        """What is not a whole execution by itself."""
        kind, ms, name, text = message
        match kind:
            case "parse":
                self._planned[entry.session] = (name, ms or 0.0, 0)
            case "bind":
                self._bound(entry.session, name.partition("/")[0], ms or 0.0)
            case "fetch":
                self._executed[entry.session] = text
                parameters = self._parameters(entry.detail, text)
                return _execution(entry, text, ms, parameters)._replace(continues=True)
            case "plan":
                return self._plan(entry, text, ms)
            case "duration":
                return self._took(entry, ms or 0.0)
            case _:
                self._begin(entry, message)
        return None

    def _bound(self, session: str, name: str, ms: float) -> None:
        planned = self._planned.get(session)
        if planned is not None and planned[0] == name:
            ms += planned[1]
        self._planned[session] = (name, ms, 0)

    def _with_planning(self, session: str, name: str, ms: float | None) -> float | None:
        """The duration with that of parse and bind, when they were of the same statement."""
        of, planning_ms, alone = self._planned.pop(session)
        if ms is not None and name and of in ("", name.partition("/")[0]):
            return round(ms + planning_ms, 3)
        self.tally.note(ALONE, alone)
        return ms

    def _begin(self, entry: Entry, message: Message) -> None:
        """log_statement: a statement begins."""
        kind, _, _, text = message
        is_simple = kind == "logged_statement"
        parameters = () if is_simple else self._parameters(entry.detail, text)
        begun = self._begun.pop(entry.session, None)
        if begun is not None:
            self._ready.append(begun)
        if is_simple and entry.session in self._planned:
            self._with_planning(entry.session, "", None)
        execution = _execution(entry, text, None, parameters)
        if kind == "logged_fetch":
            execution = execution._replace(continues=True)
        self._wait(self._begun, execution)

    def _took(self, entry: Entry, ms: float) -> Execution | None:
        """A duration by itself: of the statement that began, else of its parse or bind."""
        begun = self._begun.pop(entry.session, None)
        if begun is None:
            _, planning_ms, alone = self._planned.get(entry.session, ("", 0.0, 0))
            self._planned[entry.session] = ("", planning_ms + ms, alone + 1)
            return None
        planned = self._planned.pop(entry.session, None)
        self._executed[entry.session] = begun.text
        total = round(ms + planned[1], 3) if planned is not None else ms
        return begun._replace(at=entry.at, duration_ms=total)

    def _plan(self, entry: Entry, document: str, ms: float | None) -> Execution | None:
        """auto_explain: of a statement in a function, or of one that is written next, or alone."""
        found = logged_plan(document, self.tally)
        if found is None:
            self.tally.note(NO_PLAN)
            return None
        parameters = found.parameters
        if parameters is None and "$1" not in found.text:
            parameters = ()
        execution = _execution(entry, found.text, ms, parameters)._replace(plan=found.document)
        if entry.context is not None:
            return execution._replace(context=entry.context)
        begun = self._begun.get(entry.session)
        if begun is not None and _is_of(execution, begun):
            self._begun[entry.session] = begun._replace(plan=execution.plan)
            return None
        if self._is_known(execution):
            return execution._replace(duration_ms=None, continues=True)
        former = self._explained.pop(entry.session, None)
        if former is not None and former.text == execution.text and _is_script(former.text):
            execution = max(former, execution, key=lambda each: each.duration_ms or 0.0)
        elif former is not None:
            self._ready.append(former)
        self._wait(self._explained, execution)
        return None

    def _is_known(self, explained: Execution) -> bool:
        """Whether the statement of a plan was passed on before."""
        text = explained.text
        if self._executed.get(explained.session) == text:
            del self._executed[explained.session]
            return True
        return self._has_statements and text[:8].lower() == "declare "

    def _with_plan(self, execution: Execution) -> Execution:
        explained = self._explained.pop(execution.session)
        if _is_of(explained, execution):
            return execution._replace(plan=explained.plan)
        self._ready.append(explained)
        return execution

    def _failure(self, entry: Entry) -> Execution | None:
        session = entry.session
        begun = self._begun.pop(session, None)
        explained = self._explained.pop(session, None)
        self._planned.pop(session, None)
        if explained is not None:
            self._ready.append(explained)
        if entry.statement is None:
            return None if begun is None else begun._replace(at=entry.at, failed=True)
        if begun is not None and begun.text != entry.statement:
            self._ready.append(begun)
        parameters = logged_parameters(entry.context, self.tally) if entry.context else None
        if parameters is None and "$1" not in entry.statement:
            parameters = ()
        return _execution(entry, entry.statement, None, parameters)._replace(failed=True)

    def _parameters(self, detail: str | None, text: str) -> tuple[str | None, ...] | None:
        parameters = logged_parameters(detail, self.tally) if detail is not None else None
        return () if parameters is None and "$1" not in text else parameters

    def _wait(self, where: dict[str, Execution], execution: Execution) -> None:
        where[execution.session] = execution
        if len(where) > MAX_WAITING:
            self._ready.append(where.pop(next(iter(where))))


def _execution(
    entry: Entry, text: str, ms: float | None, parameters: tuple[str | None, ...] | None
) -> Execution:
    at, session, user, database, application, transaction, query_id = entry[:7]
    if transaction is not None and transaction.endswith(_NO_TRANSACTION):
        transaction = None
    # Every field in its place: this is a third faster than a call of Execution.
    return tuple.__new__(
        Execution,
        (
            at,
            session,
            text,
            ms,
            parameters,
            None,
            database,
            user,
            application,
            transaction,
            None,
            None,
            False,
            query_id,
            None,
            False,
            None,
            None,
            None,
            None,
        ),
    )


def _is_of(explained: Execution, statement: Execution) -> bool:
    """Whether a plan is that of a statement: SQL's EXECUTE is explained with PREPARE's text."""
    if explained.text.strip() == statement.text.strip():
        return True
    return statement.text[:8].lower() == "execute " and explained.text[:8].lower() == "prepare "


def _is_script(text: str) -> bool:
    """Whether a message may hold several statements; each is explained with the whole text."""
    return ";" in text.rstrip(" \t\r\n;")
