import pytest

from dbaudit.findings import ObjectKind, ObjectRef
from dbaudit.report import wording
from dbaudit.units import size_text
from tests.report import samples


@pytest.mark.parametrize(
    ("ref", "label"),
    [
        (ObjectRef(ObjectKind.TABLE, "orders", "public"), "table public.orders"),
        (ObjectRef(ObjectKind.TABLE, "Odd.Name", "public"), 'table public."Odd.Name"'),
        (ObjectRef(ObjectKind.COLUMN, "id", "s", "t"), "column s.t.id"),
        (ObjectRef(ObjectKind.INDEX, "i", "s", "t"), "index s.i on t"),
        (ObjectRef(ObjectKind.POLICY, "own rows", "s", "t"), 'policy s."own rows" on t'),
        (ObjectRef(ObjectKind.FUNCTION, "touch", "s"), "function s.touch"),
        (ObjectRef(ObjectKind.QUERY, "by hash"), "query by hash"),
        (ObjectRef(ObjectKind.SETTING, "work_mem"), "setting work_mem"),
    ],
)
def test_object_labels(ref: ObjectRef, label: str) -> None:
    assert wording.object_label(ref) == label


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (10239, "10239 bytes"),
        (10240, "10 kB"),
        (47_185_920, "45 MB"),
        (20 * 2**30, "20 GB"),
        (2**60, "1048576 TB"),
    ],
)
def test_sizes_as_postgresql_words_them(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0.00"),
        (0.0523, "0.052"),
        (1.5, "1.50"),
        (84.44, "84.4"),
        (17283.1, "17,283"),
    ],
)
def test_figures(value: float | None, text: str) -> None:
    assert wording.figure_text(value) == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [(100.0, 10.0, "10x"), (3.0, 2.0, "1.5x"), (1.0, 2.0, "0.5x"), (1.0, 0.0, "-"), (None, 1, "-")],
)
def test_factors(before: float | None, after: float, text: str) -> None:
    assert wording.factor_text(before, after) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "40 ms"), (1.94, "1.9 s"), (200.4, "3 min 20 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert wording.seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT 1", "SELECT 1;"),
        (" SELECT 1;\n", "SELECT 1;"),
        ("SELECT 1\n-- why", "SELECT 1\n-- why"),
    ],
)
def test_statements_end_once(sql: str, text: str) -> None:
    assert wording.statement(sql) == text


def test_counts_in_words() -> None:
    assert wording.counted(1, "index", "indexes") == "1 index"
    assert wording.counted(2000, "index", "indexes") == "2,000 indexes"
    assert wording.listed(["a", "b", "c"], most=2) == "a, b, and 1 other"
    line = wording.summary_line(samples.typical())
    assert line == "2 errors, 16 warnings, 2 info, 1 known; 6 rules run, 1 skipped"
