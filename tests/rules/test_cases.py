"""Every rule against its case files, each on a real server."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from dbaudit.findings import Finding
from tests.conftest import needs_version
from tests.rules.case_file import Case, Expected, all_cases
from tests.rules.case_run import Prepared, case_rule, execute_statements, prepared

_RUNS = [
    pytest.param(case, server, id=f"{case.id}-{server}")
    for case in all_cases()
    for server in case.servers
]

#: Everything that a remedy and its undoing could change of the schema.
_SCHEMA = """
select 'index', schemaname, tablename, indexname, indexdef from pg_indexes
where schemaname !~ '^pg_'
union all
select 'constraint', conrelid::regclass::text, conname, convalidated::text,
    pg_get_constraintdef(oid)
from pg_constraint where connamespace::regnamespace::text !~ '^pg_|^information_schema$'
union all
select 'table', n.nspname, c.relname, c.relkind::text, c.reloptions::text
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^pg_|^information_schema$' and c.relkind in ('r', 'p', 'm')
union all
select 'sequence', schemaname, sequencename, data_type::text, max_value::text from pg_sequences
order by 1, 2, 3, 4, 5
"""


@pytest.mark.parametrize(("case", "server"), _RUNS)
def test_findings_and_their_remedies(
    case: Case, server: str, request: pytest.FixtureRequest
) -> None:
    cluster = request.getfixturevalue(server)
    needs_version(cluster.dsn(), case.since)
    with prepared(case, cluster) as ready:
        findings = ready.findings()
        expected = ready.expected()
        assert _told(findings, expected) == sorted(map(str, expected))
        title = case_rule(case).title
        for finding in findings:
            assert finding.message != title, "the message is null"
            assert finding.message == finding.message.strip()
            assert "\n" not in finding.message.replace(finding.object.name, "")
            assert "None" not in finding.message
            assert finding.evidence, "a finding shows its figures"
            assert finding.remedy is not None, "a finding says what to do"
        if server == case.servers[-1]:
            _assert_remedies_end_the_findings_and_can_be_undone(ready, findings)


def _assert_remedies_end_the_findings_and_can_be_undone(
    ready: Prepared, findings: Sequence[Finding]
) -> None:
    remedies = [f.remedy for f in findings if f.remedy and f.remedy.sql]
    if not remedies:
        return
    before = _schema(ready.dsn)
    for remedy in remedies:
        execute_statements(ready.dsn, remedy.sql)
    left = [f for f in ready.findings(after_remedy=True) if f.remedy and f.remedy.sql]
    assert not left, "the remedy does not end the finding"
    for remedy in reversed(remedies):
        execute_statements(ready.dsn, remedy.undo_sql)
    if all(remedy.undo_sql for remedy in remedies):
        assert _schema(ready.dsn) == before


def _told(findings: Sequence[Finding], expected: Sequence[Expected]) -> list[str]:
    """The findings in the form of the expectations: only what an expectation of it names."""
    by_object = {(e.object, e.key): e for e in expected}
    told = []
    for finding in findings:
        name = str(finding.object)
        like = by_object.get((name, finding.key)) or by_object.get((name, None), Expected(name))
        told.append(
            Expected(
                name,
                finding.key if like.key is not None else None,
                str(finding.severity) if like.severity else None,
                str(finding.confidence) if like.confidence else None,
            )
        )
    return sorted(map(str, told))


def _schema(dsn: str) -> list[tuple[str, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(_SCHEMA.encode()).fetchall()
