"""Methods of drivers, wrapped so that a tracer sees what they send."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from inspect import iscoroutinefunction, unwrap
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

if TYPE_CHECKING:
    from dbaudit.trace.started import Started
    from dbaudit.trace.tracer import Tracer


class Counted:
    """The rows of executemany, counted while the driver takes them."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.first: Any = None
        self.count = 0
        self.rows = rows

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            if not self.count:
                self.first = row
            self.count += 1
            yield row


class Sent(NamedTuple):
    """What a method is about to send, read from its arguments."""

    connection: Any
    statement: Any
    parameters: Any


_NOTHING = Sent(None, None, None)

#: What a method was called with.
Arguments = tuple[tuple[Any, ...], dict[str, Any]]
#: Reads what is sent from a method's arguments.
ReadArguments = Callable[..., Sent]
#: Tells how many rows came of it, by the object and the method's result.
CountRows = Callable[[Any, Any], int | None]


def by_row_count(cursor: Any, _result: Any) -> int | None:
    """The rows that a cursor tells."""
    return cursor.rowcount if cursor.rowcount >= 0 else None


def wrapped(
    tracer: Tracer,
    by: str,
    function: Callable[..., Any],
    read: ReadArguments,
    rows: CountRows = by_row_count,
) -> Callable[..., Any]:
    """The method of a cursor or connection, with what it sends traced."""

    def begin(self: Any, arguments: Arguments) -> tuple[Started | None, Sent]:
        sent = tracer.safely(read, self, *arguments[0], **arguments[1])
        return (None, _NOTHING) if sent is None else (tracer.begin(sent.connection), sent)

    def end(started: Started | None, sent: Sent, **known: Any) -> None:
        if isinstance(sent.parameters, Counted):
            known["calls"] = sent.parameters.count
            tracer.end(by, started, sent.statement, sent.parameters.first, **known)
        else:
            tracer.end(by, started, sent.statement, sent.parameters, **known)

    # asyncpg guards its methods by functions that are none of coroutines themselves.
    if iscoroutinefunction(unwrap(function)):

        @wraps(function)
        async def traced_async(self: Any, *arguments: Any, **options: Any) -> Any:
            started, sent = begin(self, (arguments, options))
            arguments, options = _counted((arguments, options), sent)
            try:
                result = await function(self, *arguments, **options)
            except BaseException as error:
                end(started, sent, error=error)
                raise
            end(started, sent, rows=tracer.safely(rows, self, result))
            return result

        return traced_async

    @wraps(function)
    def traced(self: Any, *arguments: Any, **options: Any) -> Any:
        started, sent = begin(self, (arguments, options))
        arguments, options = _counted((arguments, options), sent)
        try:
            result = function(self, *arguments, **options)
        except BaseException as error:
            end(started, sent, error=error)
            raise
        end(started, sent, rows=tracer.safely(rows, self, result))
        return result

    return traced


def _counted(arguments: Arguments, sent: Sent) -> Arguments:
    """The arguments of executemany, with the counted rows in the place of the rows."""
    counted = sent.parameters
    if not isinstance(counted, Counted):
        return arguments
    places, names = arguments
    return (
        tuple(counted if each is counted.rows else each for each in places),
        {name: counted if each is counted.rows else each for name, each in names.items()},
    )


def traced_class(cls: Any, methods: Mapping[str, Any]) -> Any:
    """A class of the same name and layout, with these methods instead of its own."""
    names = {"__slots__": (), "__module__": cls.__module__, "__doc__": cls.__doc__}
    return type(cls)(cls.__name__, (cls,), {**names, **methods})


def replaced(classes: Mapping[Any, Mapping[str, Any]]) -> Callable[[], None]:
    """Put methods in the place of those that classes have themselves. Gives what undoes it."""
    before = [(cls, name, vars(cls)[name]) for cls, names in classes.items() for name in names]
    for cls, methods in classes.items():
        for name, method in methods.items():
            setattr(cls, name, method)

    def undo() -> None:
        for cls, name, method in before:
            setattr(cls, name, method)

    return undo


def undoing(target: Any, take_back: Callable[[Any], None]) -> Callable[[], None]:
    """What takes a hook back from an engine or connection, if it is still there."""
    known = ref(target)

    def undo() -> None:
        hooked = known()
        if hooked is not None:
            take_back(hooked)

    return undo
