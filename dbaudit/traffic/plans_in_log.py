"""Which statement of a log a plan of auto_explain belongs to."""

from __future__ import annotations

from dbaudit.traffic.execution import Execution

#: Of how many sessions something is kept; what waits longest is given up first.
MAX_WAITING = 20_000


class Plans:
    """Keeps plans until their statement is written, and statements until their plan is.

    `waiting` are the plans by session, `executed` the text of each session's last statement of the
    extended protocol. A plan whose statement never comes is passed on to `ready`, as an execution.
    """

    def __init__(self, ready: list[Execution]) -> None:
        self.waiting: dict[str, Execution] = {}
        self.executed: dict[str, str] = {}
        self.has_statements = False
        self._ready = ready

    def explained(self, plan: Execution, begun: dict[str, Execution]) -> Execution | None:
        """A plan was written, as an execution with the plan's own text and duration.

        The execution to pass on now, if any; one of `begun` is given its plan.
        """
        session = plan.session
        if plan.told.context is not None:
            return plan
        if session in begun and _is_of(plan, begun[session]):
            begun[session] = begun[session].telling(plan=plan.told.plan)
            return None
        if self._is_known(plan):
            return plan._replace(duration_ms=None).telling(continues=True)
        former = self.waiting.pop(session, None)
        if former is not None and former.text == plan.text and _is_script(former.text):
            plan = max(former, plan, key=lambda each: each.duration_ms or 0.0)
        elif former is not None:
            self._ready.append(former)
        self.waiting[session] = plan
        if len(self.waiting) > MAX_WAITING:
            self.give_up(next(iter(self.waiting)))
        return None

    def put_to(self, execution: Execution) -> Execution:
        """The execution with the plan that waited in its session, when that is its own."""
        plan = self.waiting.pop(execution.session)
        if _is_of(plan, execution):
            return execution.telling(plan=plan.told.plan)
        self._ready.append(plan)
        return execution

    def give_up(self, session: str) -> None:
        """No statement will come for the plan that waits in a session."""
        plan = self.waiting.pop(session, None)
        if plan is not None:
            self._ready.append(plan)

    def forget(self) -> None:
        """Sessions end without a word: what is kept of them must not add up."""
        if len(self.executed) > MAX_WAITING:
            self.executed.clear()

    def rest(self) -> list[Execution]:
        """The plans that still wait when the log ends."""
        rest = list(self.waiting.values())
        self.waiting.clear()
        self.executed.clear()
        return rest

    def _is_known(self, plan: Execution) -> bool:
        """Whether the statement of a plan was passed on before."""
        if self.executed.get(plan.session) == plan.text:
            del self.executed[plan.session]
            return True
        return self.has_statements and plan.text[:8].lower() == "declare "


def _is_of(explained: Execution, statement: Execution) -> bool:
    """Whether a plan is that of a statement: SQL's EXECUTE is explained with PREPARE's text."""
    if explained.text.strip() == statement.text.strip():
        return True
    return statement.text[:8].lower() == "execute " and explained.text[:8].lower() == "prepare "


def _is_script(text: str) -> bool:
    """Whether a message may hold several statements; each is explained with the whole text."""
    return ";" in text.rstrip(" \t\r\n;")
