"""A plan file that somebody edited into nonsense: one line that says so, and nothing is changed."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.migrate.faults.conftest import NewScene
from tests.migrate.faults.scene import DOCS, Scene, assert_left_clean, assert_rolled_back, catalog
from tests.migrate.plans import BY_HASH, HASH_INDEX, plan_document, select, statement_entry

_DOCUMENT = plan_document(
    [HASH_INDEX], [BY_HASH], [{"name": "docs_old", "ddl": "drop index public.docs_old"}]
)
_CREATE, _UNDO = HASH_INDEX["ddl"], HASH_INDEX["undo_ddl"]
_HOSTILE = [
    "",
    " ",
    "\0",
    "\ud800",
    "x" * 70_000,
    "é" * 40,
    "docs; drop table docs",
    'docs"; drop table docs; --',
    "drop table docs",
    f"{_CREATE}; drop table docs",
    f"{_UNDO}; drop table docs",
    f"{_CREATE} where (select true from pg_terminate_backend(pg_backend_pid()))",
    _CREATE.replace("CONCURRENTLY", ""),
    _CREATE.replace("hash)", "no_such_column)"),
    _CREATE.replace("public.docs", "pg_catalog.pg_class"),
    "reindex index docs_pkey",
    "commit; drop table docs",
]
_VALUES = st.one_of(
    st.sampled_from(_HOSTILE),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=4,
    ),
)

_TABLES = "select c.relname, (select count(*) from docs) from pg_class c where relkind = 'r'"


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value within a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for key, value in inner:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += _places(value, (*path, key))
    return found


@st.composite
def edited(draw: st.DrawFn) -> str:
    """The plan with one value replaced, taken out or doubled, or with text cut off."""
    document = copy.deepcopy(_DOCUMENT)
    *path, last = draw(st.sampled_from(_places(document)))
    parent: Any = document
    for key in path:
        parent = parent[key]
    how = draw(st.sampled_from(["replace", "replace", "remove", "double", "cut"]))
    if how == "replace":
        parent[last] = draw(_VALUES)
    elif how == "remove":
        del parent[last]
    elif how == "double" and isinstance(parent, list):
        parent.append(parent[last])
    text = json.dumps(document)
    return text[: draw(st.integers(0, len(text)))] if how == "cut" else text


def test_any_edit(new_scene: NewScene) -> None:
    scene = new_scene(DOCS + "create index docs_old on docs (owner);\n", _DOCUMENT, "--no-verify")
    tables = select(scene.dsn, _TABLES)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=edited())
    def check(text: str) -> None:
        scene.plan.write_text(text)
        done = scene.apply()
        assert done.status in (0, 2, 4)
        if done.status == 2:
            assert len(done.err.strip().splitlines()) == 1, done.err
            assert catalog(scene.dsn) == scene.at_first
        else:
            assert_rolled_back(scene)
        assert set(tables) <= set(select(scene.dsn, _TABLES))

    check()
    assert_left_clean(scene)


@pytest.mark.parametrize(
    ("sql", "status"),
    [
        ("drop table docs", 0),
        ("commit; drop table docs", 2),
        ("select 1; rollback; drop table docs", 2),
        ("select 'it never ends", 2),
        ("delete from docs", 0),
        ("select set_config('default_transaction_read_only', 'off', false)", 0),
        ("select pg_terminate_backend(pg_backend_pid())", 4),
        ("\0", 2),
    ],
)
def test_a_statement_that_does_harm(new_scene: NewScene, sql: str, status: int) -> None:
    """It is measured in a transaction that may not write and is rolled back."""
    document = plan_document([HASH_INDEX], [BY_HASH, statement_entry("harm", sql)])
    scene = new_scene(DOCS, document)
    tables = select(scene.dsn, _TABLES)
    done = scene.apply()
    assert done.status == status
    assert set(tables) <= set(select(scene.dsn, _TABLES))
    _assert_usable_again(scene)


def _assert_usable_again(scene: Scene) -> None:
    scene.plan.write_text(json.dumps(plan_document([HASH_INDEX], [BY_HASH])))
    assert scene.apply().status == 0
    assert_rolled_back(scene)
