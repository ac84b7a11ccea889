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
* `statement: EXECUTE p (7)` has a DETAIL with the PREPARE: what it prepared was executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from dbaudit.traffic.auto_explain import logged_plan
from dbaudit.traffic.eager_load import EagerLoad, add_eager_loads
from dbaudit.traffic.entry_execution import entry_execution, entry_executions
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_messages import Message, MessageReader
from dbaudit.traffic.parameters import logged_parameters
from dbaudit.traffic.planning_times import PlanningTimes, part_of
from dbaudit.traffic.plans_in_log import MAX_WAITING, Plans
from dbaudit.traffic.prepared import PreparedStatements
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timed_entries import Timed

NO_PLAN = "plans of auto_explain that cannot be read"

_FAILURES = frozenset({"ERROR", "FATAL", "PANIC"})


class LoggedStatements:
    """Joins the entries of each session; one object reads one log, or several that follow."""

    def __init__(self, tally: InputTally) -> None:
        self.tally = tally
        self._messages = MessageReader()
        self._planning = PlanningTimes(tally)
        #: session -> a statement that was written when it began
        self._begun: dict[str, Execution] = {}
        self._ready: list[Execution] = []
        self._plans = Plans(self._ready)
        self._prepared = PreparedStatements()

    def go_on(self, tally: InputTally) -> None:
        """What follows is of another log."""
        self.tally = self._planning.tally = tally

    def executions(
        self, entries: Iterable[Entry | Timed | Execution | EagerLoad | None]
    ) -> Iterator[list[Execution]]:
        """The executions in the order in which they ended; none where the entries pause.

        What is an execution already, of a trace, goes through; what it loads is put to the tally.
        """
        tally = self.tally
        entry_count = statement_count = 0
        try:
            for entry in entries:
                if entry is None:
                    yield []
                    continue
                before = entry_count // MAX_WAITING
                entry_count += len(entry) if isinstance(entry, Timed) else 1
                if entry_count // MAX_WAITING > before:
                    self._forget()
                found = self._read_all(entry) if isinstance(entry, Timed) else self._read_one(entry)
                if self._prepared.is_used:
                    found = list(map(self._prepared.resolved, found))
                if found:
                    statement_count += len(found)
                    yield found
        finally:
            tally.entries += entry_count
            tally.statements += statement_count

    def _forget(self) -> None:
        """Sessions end without a word: what is kept of them for later must not add up."""
        self._plans.forget()
        self._planning.forget()

    def rest(self) -> Iterator[Execution]:
        """What still waited for more when the log ended."""
        self._planning.rest()
        rest = [*self._plans.rest(), *self._begun.values()]
        self._begun.clear()
        self.tally.statements += len(rest)
        yield from map(self._prepared.resolved, rest)

    def _read_all(self, entries: Timed) -> list[Execution]:
        """The executions of entries whose messages are read already."""
        kinds = entries.kind
        durations: Sequence[float | None]
        durations = milliseconds = list(map(float, entries.ms))
        if self._planning or kinds.count("statement") < len(kinds):
            parts = part_of.all(kinds)
            durations = self._planning.durations(entries.session, parts, milliseconds)
            entries = entries.only([part is None for part, _ in parts])
        texts = entries.text
        found = entry_executions(entries, texts, durations, self._values(entries, texts))
        if any(compress(entries.written("detail"), map("statement".__eq__, entries.kind))):
            found = list(map(self._told, found, entries.kind, entries.detail))
        if self._begun or self._plans.waiting:
            return [each for execution in found for each in self._passed_on(execution)]
        return found

    def _told(self, execution: Execution, kind: str, detail: str | None) -> Execution:
        return self._prepared.told(execution, detail) if kind == "statement" else execution

    def _values(
        self, ended: Timed, texts: Sequence[str]
    ) -> Sequence[tuple[str | None, ...] | None]:
        """The bound values of executions; remembers what auto_explain's plans may belong to."""
        kinds = ended.kind
        self._plans.has_statements |= "statement" in kinds
        if kinds.count("statement") == len(kinds):
            return [()] * len(kinds)
        sent = zip(ended.session, texts, kinds, strict=True)
        executed = {session: text for session, text, kind in sent if kind != "statement"}
        self._plans.executed.update(executed)
        return [
            () if kind == "statement" else self._parameters(detail, text)
            for kind, detail, text in zip(kinds, ended.detail, texts, strict=True)
        ]

    def _passed_on(self, execution: Execution) -> Iterator[Execution]:
        """An execution that ended, with the plan that waits for it, behind what began before it."""
        session = execution.session
        if session in self._begun:
            yield self._begun.pop(session)
        if session in self._plans.waiting:
            execution = self._plans.put_to(execution)
        yield from self._ready
        self._ready.clear()
        yield execution

    def _read_one(self, entry: Entry | Execution | EagerLoad) -> list[Execution]:
        if isinstance(entry, EagerLoad):
            add_eager_loads(self.tally.eager_loads, [entry])
            return []
        if isinstance(entry, Execution):
            return [self._prepared.resolved(entry)]
        execution = self._read(entry)
        found = [] if execution is None else [execution]
        if self._ready:
            found[:0] = self._ready
            self._ready.clear()
        return found

    def _read(self, entry: Entry) -> Execution | None:
        if entry[7] != "LOG":
            return self._failure(entry) if entry.severity in _FAILURES else None
        message = self._messages.read(entry[8])
        if message is None:
            return None
        kind, ms, name, text = message
        if kind in ("statement", "execute"):
            prepared = name.partition("/")[0] if kind == "execute" else None
            return self._ended(entry, text, ms, prepared)
        return self._read_part(entry, message)

    def _ended(self, entry: Entry, text: str, ms: float | None, name: str | None) -> Execution:
        """A statement with its duration; `name` is that of a prepared one."""
        session = entry[1]
        if name is None:
            parameters: tuple[str | None, ...] | None = ()
            self._plans.has_statements = True
        else:
            parameters = self._parameters(entry[9], text)
            self._plans.executed[session] = text
        if session in self._planning:
            ms = self._planning.with_planning(session, name or "", ms)
        execution = entry_execution(entry, text, ms, parameters)
        if name is None:
            execution = self._prepared.told(execution, entry[9])
        *before, execution = self._passed_on(execution)
        self._ready += before
        return execution

    def _read_part(self, entry: Entry, message: Message) -> Execution | None:
        """What is not a whole execution by itself."""
        kind, ms, name, text = message
        match kind:
            case "parse":
                self._planning.parsed(entry.session, name.partition("/")[0], ms or 0.0)
            case "bind":
                self._planning.bound(entry.session, name.partition("/")[0], ms or 0.0)
            case "fetch":
                self._plans.executed[entry.session] = text
                parameters = self._parameters(entry.detail, text)
                return entry_execution(entry, text, ms, parameters).telling(continues=True)
            case "plan":
                return self._plan(entry, text, ms)
            case "duration":
                return self._took(entry, ms or 0.0)
            case _:
                self._begin(entry, message)
        return None

    def _begin(self, entry: Entry, message: Message) -> None:
        """log_statement: a statement begins."""
        kind, _, _, text = message
        is_simple = kind == "logged_statement"
        parameters = () if is_simple else self._parameters(entry.detail, text)
        begun = self._begun.pop(entry.session, None)
        if begun is not None:
            self._ready.append(begun)
        if is_simple and entry.session in self._planning:
            self._planning.with_planning(entry.session, "", None)
        execution = entry_execution(entry, text, None, parameters)
        if is_simple:
            execution = self._prepared.told(execution, entry.detail)
        if kind == "logged_fetch":
            execution = execution.telling(continues=True)
        self._begun[entry.session] = execution
        if len(self._begun) > MAX_WAITING:
            self._ready.append(self._begun.pop(next(iter(self._begun))))

    def _took(self, entry: Entry, ms: float) -> Execution | None:
        """A duration by itself: of the statement that began, else of its parse or bind."""
        begun = self._begun.pop(entry.session, None)
        if begun is None:
            self._planning.took(entry.session, ms)
            return None
        self._plans.executed[entry.session] = begun.text
        total = self._planning.with_any(entry.session, ms)
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
        execution = entry_execution(entry, found.text, ms, parameters).telling(plan=found.document)
        if entry.context is not None:
            execution = execution.telling(context=entry.context)
        return self._plans.explained(execution, self._begun)

    def _failure(self, entry: Entry) -> Execution | None:
        session = entry.session
        begun = self._begun.pop(session, None)
        self._planning.give_up(session)
        self._plans.give_up(session)
        if entry.statement is None:
            return None if begun is None else begun._replace(at=entry.at).telling(failed=True)
        if begun is not None and begun.text != entry.statement:
            self._ready.append(begun)
        parameters = logged_parameters(entry.context, self.tally) if entry.context else None
        if parameters is None and "$1" not in entry.statement:
            parameters = ()
        return entry_execution(entry, entry.statement, None, parameters).telling(failed=True)

    def _parameters(self, detail: str | None, text: str) -> tuple[str | None, ...] | None:
        parameters = logged_parameters(detail, self.tally) if detail is not None else None
        return () if parameters is None and "$1" not in text else parameters
