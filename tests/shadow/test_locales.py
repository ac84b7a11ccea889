"""Whether a B-tree serves LIKE depends on the collation: the shadow must agree with its target."""

from __future__ import annotations

import psycopg
import pytest

from dbaudit.shadow.shadow import Shadow
from dbaudit.shadow.source import Locale
from dbaudit.shadow.stand_ins import database_locales
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import run_sql
from tests.shadow.agreement import bound, real_plan, shape

SETUP = """
create table t (body text primary key, de text collate "C", posix text collate "POSIX");
insert into t select md5(i::text), md5(i::text), 'x' from generate_series(1, 20000) as i;
create index t_de on t (de);
vacuum analyze t;
"""
LOCALES = {
    "libc C": "locale_provider libc lc_collate 'C' lc_ctype 'C'",
    "libc UTF-8": "locale_provider libc lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'",
    "builtin": "locale_provider builtin builtin_locale 'C.UTF-8'",
    "icu": "locale_provider icu icu_locale 'en-US'",
}


@pytest.mark.parametrize("name", LOCALES)
def test_like_plans_alike(request: pytest.FixtureRequest, name: str) -> None:
    cluster: Cluster = request.getfixturevalue("pg15" if name == "icu" else "pg18")
    database = f"locale {name}"
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        create = f'create database "{database}" template template0 {LOCALES[name]}'
        connection.execute(create.encode())
    dsn = cluster.dsn(database)
    run_sql(dsn, SETUP)
    with Shadow(PostgresTarget(dsn), [("public", "t")]) as shadow:
        assert shadow.uncovered == {}
        for column in ("body", "de"):
            sql = f"select * from t where {column} like 'abc%'"
            real, ours = real_plan(dsn, sql), shadow.plan(bound(sql))
            assert list(shape(ours)) == list(shape(real))
            assert ours["Total Cost"] == pytest.approx(real["Total Cost"], rel=0.01)


def test_a_locale_that_is_not_here_is_replaced_by_one_like_it() -> None:
    german = database_locales(Locale("c", "de_DE.UTF-8", "de_DE.UTF-8", ""))
    assert "de_DE.UTF-8" in german[0]
    assert all("lc_collate 'C' " not in clause for clause in german)
    plain = database_locales(Locale("c", "C", "de_DE.UTF-8", ""))
    assert all("lc_collate 'C' " in clause for clause in plain)
    assert all("libc" in clause for clause in database_locales(Locale("i", "C", "C", "de")))
