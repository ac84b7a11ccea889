"""The end of `scan` and `explain`: baseline, reports, exit status."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dbaudit.cli.console import Streams
from dbaudit.config import NEVER, Config
from dbaudit.errors import UsageError
from dbaudit.findings import Severity, against_baseline, at_or_above
from dbaudit.report.output import (
    Destination,
    check_destinations,
    check_path,
    parse_destinations,
    write_file,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dbaudit.audit.scan import Audit
    from dbaudit.report.documents import ScanReport
    from dbaudit.report.publish import Renderings
    from dbaudit.rules.rule import Rule

    #: The terminal form of a report, and its machine formats.
    Show = Callable[[ScanReport], tuple[RenderableType, Renderings]]

FINDINGS = 1


@dataclass(frozen=True, slots=True)
class FindingsOutput:
    """What is to be done with findings; checked before the work begins."""

    destinations: tuple[Destination, ...]
    threshold: Severity | None
    known_ids: frozenset[str]
    write_baseline: Path | None
    shows_everything: bool
    shows_plans: bool = False

    @classmethod
    def from_options(
        cls,
        config: Config,
        formats: Sequence[str],
        output: Path | None,
        fail_on: str | None,
        baseline: Path | None,
        write_baseline: Path | None,
        *,
        verbose: int,
    ) -> FindingsOutput:
        """Read and check the options. Raises UsageError or ReportError."""
        from dbaudit.report.baseline import read_baseline

        destinations = parse_destinations(formats, output)
        check_destinations(destinations)
        if write_baseline is not None:
            check_path(write_baseline)
        known = baseline or config.baseline
        return cls(
            destinations=destinations,
            threshold=_threshold(fail_on or config.fail_on),
            known_ids=read_baseline(known) if known else frozenset(),
            write_baseline=write_baseline,
            shows_everything=verbose > 0,
        )

    def deliver(
        self,
        audit: Audit,
        rules: Sequence[Rule],
        started: tuple[datetime, float],
        streams: Streams,
    ) -> int:
        """Write the baseline and every report; the exit status."""
        from dbaudit.cli.scan_report import scan_report
        from dbaudit.report.publish import scan_renderings

        findings = against_baseline(audit.evaluation.findings, self.known_ids)
        seconds = time.monotonic() - started[1]
        made = scan_report(audit, findings, rules, started[0], seconds)
        return self.finish(
            made,
            lambda report: (self._view(report), scan_renderings(report, self.threshold)),
            streams,
        )

    def finish(self, made: ScanReport, show: Show, streams: Streams) -> int:
        """As `deliver`, of a report that is made already; `show` gives its forms."""
        from dbaudit.report.baseline import baseline_text
        from dbaudit.report.publish import publish
        from dbaudit.report.wording import summary_line

        if self.write_baseline is not None:
            write_file(self.write_baseline, baseline_text(made.findings))
            streams.note(f"{len(made.findings)} findings are the baseline {self.write_baseline}")
            made = replace(made, findings=tuple(replace(f, new=False) for f in made.findings))
        view, renderings = show(made)
        publish(self.destinations, view, renderings, streams.out)
        if all(destination.path is not None for destination in self.destinations):
            streams.note(summary_line(made))
        if self.threshold is None:
            return 0
        return FINDINGS if at_or_above(made.findings, self.threshold) else 0

    def _view(self, made: ScanReport) -> RenderableType:
        from dbaudit.report.terminal import ExplainView, ScanView

        view = ExplainView if self.shows_plans else ScanView
        return view(made, self.shows_everything)


def _threshold(word: str) -> Severity | None:
    if word == NEVER:
        return None
    try:
        return Severity(word)
    except ValueError:
        raise UsageError(f"--fail-on {word!r}: expected error, warning, info or never") from None
