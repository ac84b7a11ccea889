"""The baseline: a file of known findings, so that CI can fail on new ones only.

It is meant to be committed and reviewed: sorted, one finding a line. A finding is known by its id
alone; rule, object and message are there for the reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dbaudit.errors import UsageError
from dbaudit.findings import Finding
from dbaudit.report.printable import one_line
from dbaudit.report.wording import object_label

SCHEMA_VERSION = 1


def baseline_text(findings: Iterable[Finding]) -> str:
    """The file that makes all of these findings known, whether new or known before."""
    ordered = sorted(findings, key=lambda f: (f.rule, str(f.object), f.key))
    lines = {finding.id: json.dumps(_entry(finding), ensure_ascii=False) for finding in ordered}
    body = ",\n".join(f"  {line}" for line in lines.values())
    head = f'{{"schema_version": {SCHEMA_VERSION}, "tool": "dbaudit", "findings": ['
    return f"{head}\n{body}\n]}}\n" if body else f"{head}]}}\n"


def read_baseline(path: Path) -> frozenset[str]:
    """The ids of the findings that the file knows.

    Raises UsageError, naming the file, when it cannot be read or is not a baseline.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the baseline cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _not_a_baseline(path, "it is not UTF-8 text") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise _not_a_baseline(path, f"it is not JSON ({error})") from error
    return _known_ids(path, document)


def _entry(finding: Finding) -> dict[str, str]:
    return {
        "id": finding.id,
        "rule": finding.rule,
        "object": one_line(object_label(finding.object)),
        "message": one_line(finding.message),
    }


def _known_ids(path: Path, document: Any) -> frozenset[str]:
    if not isinstance(document, dict) or document.get("tool") != "dbaudit":
        raise _not_a_baseline(path, 'its "tool" is not "dbaudit"')
    if document.get("schema_version") != SCHEMA_VERSION:
        version = document.get("schema_version")
        raise _not_a_baseline(path, f'its "schema_version" is {version!r}, not {SCHEMA_VERSION}')
    entries = document.get("findings")
    if not isinstance(entries, list):
        raise _not_a_baseline(path, 'its "findings" is not a list')
    return frozenset(_id_of(path, number, entry) for number, entry in enumerate(entries, start=1))


def _id_of(path: Path, number: int, entry: Any) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise _not_a_baseline(path, f'finding {number} has no "id"')
    return str(entry["id"])


def _not_a_baseline(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: not a baseline: {why}; --write-baseline writes one")
