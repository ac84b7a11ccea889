"""Which findings are shown in full when not all of them fit on one screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from dbaudit.findings import Finding, Severity

#: More than a dozen claims at once is a list that nobody reads.
MOST_FINDINGS = 12

#: The fourth finding of one rule says little that the first three did not.
MOST_PER_RULE = 3


def few_that_matter(
    findings: Sequence[Finding], lines: int, height: Callable[[Finding], int]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings to show in full and the rest, both in the order given (worst first).

    `lines` is how many lines of the screen there are, `height` how many a finding takes. At least
    one finding is shown. Warnings and info of a rule that has been shown often enough are left
    out, unless there is room for all; errors never are.
    """
    if len(findings) <= MOST_FINDINGS and sum(map(height, findings)) <= lines:
        return tuple(findings), ()
    shown: list[Finding] = []
    per_rule: Counter[str] = Counter()
    for finding in findings:
        fits = not shown or (height(finding) <= lines and len(shown) < MOST_FINDINGS)
        is_error = finding.severity is Severity.ERROR
        if fits and (is_error or per_rule[finding.rule] < MOST_PER_RULE):
            shown.append(finding)
            per_rule[finding.rule] += not is_error
            lines -= height(finding)
    kept = set(map(id, shown))
    return tuple(shown), tuple(f for f in findings if id(f) not in kept)
