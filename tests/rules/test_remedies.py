"""What the rules tell people to do, where it depends on how the query is written."""

from __future__ import annotations

import pytest

from dbaudit.targets.cluster import Cluster
from tests.rules.case_file import all_cases
from tests.rules.case_run import prepared

TOLD = {
    ("non-sargable-predicate", "parts_of_dates"): {
        "month": "no range of at is the same; build an index on the expression",
        "month_of_a_year": "compare the column with the ends of the span",
        "hour_of_a_year": "no range of at is the same",
        "year": "compare the column with the ends of the span",
        "default": "compare n itself: n = 7, with OR n IS NULL only where the default",
    },
}


@pytest.mark.parametrize(("rule", "name"), TOLD)
def test_the_remedy_fits_the_query(pg18: Cluster, rule: str, name: str) -> None:
    (case,) = [case for case in all_cases() if (case.rule, case.name) == (rule, name)]
    with prepared(case, pg18) as ready:
        found: dict[str, list[str]] = {}
        for finding in ready.findings():
            assert finding.remedy is not None
            found.setdefault(finding.object.name, []).append(finding.remedy.summary)
    for query, beginning in TOLD[rule, name].items():
        assert any(summary.startswith(beginning) for summary in found[query]), found[query]
