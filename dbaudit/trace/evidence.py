"""What an ORM is doing, told by the functions of its that a statement is sent from.

A function that a release renames is not found: then nothing is told, and nothing fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

Reader = Callable[[FrameType], str | None]


def _sqlalchemy_strategy(frame: FrameType) -> str | None:
    """A relationship or a deferred column that is loaded when it is touched."""
    strategy: Any = frame.f_locals.get("self")
    loaded = getattr(strategy, "parent_property", None)
    if loaded is None:
        return None
    return f"{'deferred' if 'Column' in type(loaded).__name__ else 'lazy'} {loaded}"


def _sqlalchemy_columns(frame: FrameType) -> str | None:
    """Columns of a row that is there already: expired, by a commit as a rule, or deferred."""
    mapper: Any = frame.f_locals.get("mapper")
    state: Any = frame.f_locals.get("state")
    if not hasattr(mapper, "class_"):
        return None
    names = set(frame.f_locals.get("attribute_names") or ())
    if names and not names & getattr(state, "expired_attributes", names):
        return f"deferred {mapper.class_.__name__}.{','.join(sorted(names))}"
    return f"expired {mapper.class_.__name__}"


def _sqlalchemy_refresh(frame: FrameType) -> str | None:
    instance = frame.f_locals.get("instance")
    return None if instance is None else f"refresh {type(instance).__name__}"


def _django_descriptor(frame: FrameType) -> str | None:
    """A foreign key, or the other side of a one-to-one field, that is loaded when touched."""
    descriptor: Any = frame.f_locals.get("self")
    field = getattr(descriptor, "field", None)
    if field is not None:
        return f"lazy {field.model.__name__}.{field.name}"
    related = getattr(descriptor, "related", None)
    if related is None:
        return None
    return f"lazy {related.model.__name__}.{related.get_accessor_name()}"


def _django_query_set(frame: FrameType) -> str | None:
    """The rows that point to one object, or that belong to it by a many-to-many field."""
    query_set: Any = frame.f_locals.get("self")
    for field, objects in getattr(query_set, "_known_related_objects", {}).items():
        if len(objects) == 1 and field.remote_field is not None:
            owner = field.remote_field.model.__name__
            return f"lazy {owner}.{field.remote_field.get_accessor_name()}"
    return None


def _django_deferred(frame: FrameType) -> str | None:
    instance = frame.f_locals.get("self")
    fields = frame.f_locals.get("fields")
    if not fields:
        return f"refresh {type(instance).__name__}"
    return f"deferred {type(instance).__name__}.{','.join(sorted(fields))}"


def _django_template(frame: FrameType) -> str | None:
    """The line of a template: its node is the application's own, not the view that renders it."""
    node: Any = frame.f_locals.get("self")
    line = getattr(getattr(node, "token", None), "lineno", None)
    origin = getattr(node, "origin", None)
    name = getattr(origin, "name", None)
    return None if line is None or name in (None, "<unknown source>") else f"{name}:{line}"


#: File of a library -> function -> what it is loading.
EVIDENCE: Mapping[str, Mapping[str, Reader]] = {
    "sqlalchemy/orm/strategies.py": {"_load_for_state": _sqlalchemy_strategy},
    "sqlalchemy/orm/loading.py": {
        "_load_scalar_attributes": _sqlalchemy_columns,
        "load_scalar_attributes": _sqlalchemy_columns,
    },
    "sqlalchemy/orm/session.py": {"refresh": _sqlalchemy_refresh},
    "django/db/models/fields/related_descriptors.py": {"__get__": _django_descriptor},
    "django/db/models/query.py": {"_fetch_all": _django_query_set},
    "django/db/models/base.py": {"refresh_from_db": _django_deferred},
}

#: File of a library -> function -> the application's line that it works on.
PLACES: Mapping[str, Mapping[str, Reader]] = {
    "django/template/base.py": {"render_annotated": _django_template},
}
