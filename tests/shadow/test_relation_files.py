"""Shaped files on a real server: pageinspect reads them as PostgreSQL itself would."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from dbaudit.errors import ShadowError
from dbaudit.shadow import relation_files as files
from dbaudit.shadow.index_facts import IndexSize
from dbaudit.shadow.ranges import NO_ENDS
from dbaudit.shadow.relation_files import SEGMENT_PAGES, GinCounters
from dbaudit.shadow.shaping import RelationFile, apply_shapes
from dbaudit.targets.cluster import THROWAWAY, Cluster

SETUP = """
create extension pageinspect;
create table t (id bigint, at date, tags int[]);
create index t_btree on t (id);
create index t_gin on t using gin (tags);
create index t_brin on t using brin (at);
"""


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(
        settings={**THROWAWAY, "autovacuum": "off"}, initdb=("--no-data-checksums", "--no-locale")
    )


def test_server_reads_the_shapes(cluster: Cluster) -> None:
    with cluster:
        with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
            connection.execute(SETUP)
            paths = {
                name: cluster.data / str(_one(connection, f"select pg_relation_filepath('{name}')"))
                for name in ("t", "t_btree", "t_gin", "t_brin")
            }
        cluster.stop()
        files.extend(paths["t"], 300_000)
        files.hollow_btree(paths["t_btree"], 5_000, 2)
        files.extend(paths["t_gin"], 700)
        files.fill_gin_metapage(paths["t_gin"], GinCounters(700, 600, 90, 12_345))
        files.fill_brin_metapage(paths["t_brin"], 300_000)
        cluster.start()
        with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
            _check(connection)


def _check(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    assert _one(connection, "select pg_relation_size('t') / 8192") == 300_000
    meta = "select root, level, fastroot, fastlevel from bt_metap('t_btree')"
    assert connection.execute(meta.encode()).fetchall() == [(1, 2, 1, 2)]
    pages = "select type, btpo_level, live_items from bt_page_stats('t_btree', %s)"
    assert [connection.execute(pages, (n,)).fetchone() for n in (1, 2, 3)] == [
        ("r", 2, 1),
        ("i", 1, 1),
        ("l", 0, 0),
    ]
    assert _one(connection, "select ctid::text from bt_page_items('t_btree', 1)") == "(2,0)"
    gin = """select n_total_pages, n_entry_pages, n_data_pages, n_entries
    from gin_metapage_info(get_raw_page('t_gin', 0))"""
    assert connection.execute(gin.encode()).fetchall() == [(700, 600, 90, 12_345)]
    brin = "select lastrevmappage from brin_metapage_info(get_raw_page('t_brin', 0))"
    assert _one(connection, brin) == 2
    connection.execute("set enable_seqscan = off")
    assert connection.execute("select * from t where id = 5").fetchall() == []
    assert connection.execute("select max(id), min(id) from t where id > 0").fetchall() == [
        (None, None)
    ]


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_file_system_that_refuses_is_named(tmp_path: Path) -> None:
    shape = RelationFile(1, "heap", "base/5/16400", IndexSize(5), 5)
    with pytest.raises(ShadowError, match="TMPDIR"):
        apply_shapes(tmp_path, [shape], NO_ENDS)


def test_segments_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "16400"
    path.touch()
    files.extend(path, 2 * SEGMENT_PAGES + 5)
    sizes = [file.stat().st_size // 8192 for file in sorted(tmp_path.iterdir())]
    assert sizes == [SEGMENT_PAGES, SEGMENT_PAGES, 5]
    assert sum(file.stat().st_blocks for file in tmp_path.iterdir()) < 100
    files.truncate(path)
    assert [file.stat().st_size for file in tmp_path.iterdir()] == [0]
