from dbaudit.findings import Finding, ObjectKind, ObjectRef, Severity
from dbaudit.report.selection import MOST_FINDINGS, MOST_PER_RULE, few_that_matter
from tests.report import samples


def of(rule: str, count: int, severity: Severity = Severity.WARNING) -> list[Finding]:
    return [
        samples.finding(rule, severity, ObjectRef(ObjectKind.TABLE, f"{rule}{n}"), "m")
        for n in range(count)
    ]


def three_lines(finding: Finding) -> int:
    return 3


def test_all_are_shown_when_they_fit() -> None:
    findings = of("a", 5)
    assert few_that_matter(findings, 15, three_lines) == (tuple(findings), ())


def test_one_rule_does_not_crowd_out_the_others() -> None:
    shown, rest = few_that_matter(of("a", 20) + of("b", 1), 100, three_lines)
    assert [f.rule for f in shown] == ["a"] * MOST_PER_RULE + ["b"]
    assert len(rest) == 20 - MOST_PER_RULE


def test_errors_are_held_back_by_the_screen_alone() -> None:
    shown, _ = few_that_matter(of("a", 20, Severity.ERROR), 100, three_lines)
    assert len(shown) == MOST_FINDINGS
    shown, _ = few_that_matter(of("a", 20, Severity.ERROR), 30, three_lines)
    assert len(shown) == 10


def test_one_is_shown_however_small_the_screen() -> None:
    findings = of("a", 3)
    assert few_that_matter(findings, 1, three_lines) == ((findings[0],), tuple(findings[1:]))


def test_none_are_none() -> None:
    assert few_that_matter([], 10, three_lines) == ((), ())
