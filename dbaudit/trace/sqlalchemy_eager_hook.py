"""SQLAlchemy 2: relationships that the options of a query load eagerly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dbaudit.trace.eager_loads import EagerLoads, Relationship
from dbaudit.trace.watched import Watched, watch

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer

#: The strategies of loader options; contains_eager() joins for a filter, and is none of them.
_OPTIONS = {
    "joined": "joinedload",
    "selectin": "selectinload",
    "subquery": "subqueryload",
    "immediate": "immediateload",
}
_KEY = "_dbaudit_eager_load"
#: A session of more objects is not looked through for those that hold what a query would load.
_MOST_IN_SESSION = 1000


def hook(tracer: Tracer, _all: None) -> Callable[[], None]:
    """Watch the queries of every session. Gives what undoes it."""
    event: Any = import_module("sqlalchemy.event")
    orm: Any = import_module("sqlalchemy.orm")
    Watched.getter = orm.InstrumentedAttribute.__get__.__code__
    loads = EagerLoads(partial(tracer.safely, tracer.put))

    def queried(state: Any) -> None:
        tracer.safely(_queried, tracer, loads, state)

    def loaded(state: Any, context: Any, *_: Any) -> None:
        tracer.safely(_loaded, state, context)

    # The number of arguments tells SQLAlchemy which form of an event is meant.
    def refreshed(state: Any, context: Any, _attributes: Any) -> None:
        tracer.safely(_loaded, state, context)

    listeners: tuple[tuple[Any, str, Callable[..., None], dict[str, bool]], ...] = (
        (orm.Session, "do_orm_execute", queried, {}),
        (orm.Mapper, "load", loaded, {"raw": True}),
        (orm.Mapper, "refresh", refreshed, {"raw": True}),
    )
    for target, name, listener, options in listeners:
        event.listen(target, name, listener, **options)

    def undo() -> None:
        for target, name, listener, _ in listeners:
            event.remove(target, name, listener)

    return undo


def _queried(tracer: Tracer, loads: EagerLoads, state: Any) -> None:
    """A query is about to be sent: its objects are known by an option of its execution."""
    if not state.is_select or state.is_relationship_load or state.is_column_load:
        return
    loaded = list(dict.fromkeys(_loaded_eagerly(getattr(state.statement, "_with_options", ()))))
    place = tracer.place() if loaded else None
    if place is None or not _can_tell(state.session, loaded):
        return
    load = loads.of_query(place, loaded)
    if load is not None:
        state.update_execution_options(**{_KEY: load})


def _loaded_eagerly(options: Iterable[Any]) -> Iterator[Relationship]:
    for option in options:
        for element in getattr(option, "context", ()):
            how = dict(getattr(element, "strategy", None) or ()).get("lazy")
            path: Any = getattr(getattr(element, "path", None), "path", ())
            is_given = "eager_from_alias" in getattr(element, "local_opts", {})
            if how in _OPTIONS and len(path) > 2 and hasattr(path[-2], "mapper") and not is_given:
                above = (path[-4].parent.class_, path[-4].key) if len(path) > 4 else None
                loaded = path[-2]
                classes = loaded.parent.class_, loaded.mapper.class_
                yield Relationship(loaded.key, *classes, _OPTIONS[how], above)


def _can_tell(session: Any, loaded: Iterable[Relationship]) -> bool:
    """Whether all objects of a query will be known: not those that hold already what it loads."""
    there = session.identity_map
    if len(there) > _MOST_IN_SESSION:
        return False
    return not any(
        isinstance(instance, each.owner) and dict.__contains__(vars(instance), each.key)
        for instance in there.values()
        for each in loaded
    )


def _loaded(state: Any, context: Any) -> None:
    """An object is made or filled: by a query, or by one that an option of it sends."""
    load = _load_of(context) or _load_of(getattr(context, "top_level_context", None))
    if load is not None:
        watch(state.obj(), load)


def _load_of(context: Any) -> Any:
    return getattr(context, "execution_options", {}).get(_KEY)
