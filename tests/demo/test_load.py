"""Load steps become batches of statements, run in order, with progress."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaudit.demo.load import Batch, add_hand_written_indexes, load, load_batches
from dbaudit.demo.systems import System, find_system
from dbaudit.errors import UsageError


@pytest.fixture
def toys(tmp_path: Path) -> System:
    (tmp_path / "load").mkdir()
    (tmp_path / "schema.sql").write_text("-- step: tables\nCREATE TABLE t (n int);\n")
    (tmp_path / "load" / "01_fill.sql").write_text(
        "-- step: {toys} toys\n-- batch: 400\n"
        "INSERT INTO t SELECT generate_series({first}, {last}); -- of {toys}\n"
        "SELECT ';{not', '{\"a\": 1}';\n"
    )
    (tmp_path / "load" / "02_end.sql").write_text("VACUUM t")
    (tmp_path / "hand-written-indexes.sql").write_text(
        "CREATE INDEX a ON t (n);\nCREATE INDEX b ON t (n)"
    )
    return System("toys", "Toys", "toys in a table", tmp_path, "toys", 1000, 10)


def test_a_batched_step_runs_once_for_each_range(toys: System) -> None:
    batches = load_batches(toys, 1000)
    assert [batch.label for batch in batches] == ["tables", *["1,000 toys"] * 3, "02_end"]
    ranges = [batch.statements[0].rpartition("\n")[2] for batch in batches[1:4]]
    assert ranges == [
        "INSERT INTO t SELECT generate_series(1, 400);",
        "INSERT INTO t SELECT generate_series(401, 800);",
        "INSERT INTO t SELECT generate_series(801, 1000);",
    ]


def test_statements_are_split_where_they_end_and_braces_kept(toys: System) -> None:
    batch = load_batches(toys, 10)[1]
    assert isinstance(batch, Batch)
    assert batch.statements[1] == "-- of 10\nSELECT ';{not', '{\"a\": 1}';"
    assert len(batch.statements) == 2


def test_loading_executes_all_and_tells_how_far_it_is(toys: System) -> None:
    executed: list[str] = []
    told: list[tuple[str, int, int]] = []
    load(toys, executed.append, 500, lambda *news: told.append(news))
    assert executed == [sql for batch in load_batches(toys, 500) for sql in batch.statements]
    assert told == [
        ("tables", 0, 4),
        ("500 toys", 1, 4),
        ("500 toys", 2, 4),
        ("02_end", 3, 4),
        ("02_end", 4, 4),
    ]


def test_the_scale_is_the_systems_own_by_default(toys: System) -> None:
    executed: list[str] = []
    load(toys, executed.append)
    assert any("generate_series(801, 1000)" in sql for sql in executed)


def test_the_authors_indexes_are_separate(toys: System) -> None:
    executed: list[str] = []
    add_hand_written_indexes(toys, executed.append)
    assert executed == ["CREATE INDEX a ON t (n);", "CREATE INDEX b ON t (n)"]


def test_a_scale_below_the_least_is_refused_before_anything_runs(toys: System) -> None:
    executed: list[str] = []
    with pytest.raises(UsageError, match="toys needs a scale of at least 10 toys, not 9"):
        load(toys, executed.append, 9)
    assert not executed


def test_an_unknown_placeholder_names_the_file(toys: System) -> None:
    step = toys.folder / "load" / "03_more.sql"
    step.write_text("SELECT {first}")
    with pytest.raises(UsageError, match=r"03_more\.sql: unknown placeholder \{first\}.*\{toys\}"):
        load_batches(toys, 10)


def test_progress_moves_in_small_steps_when_the_web_cache_loads() -> None:
    assert len(load_batches(find_system("web-cache"), 100_000)) >= 20
