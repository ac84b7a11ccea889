"""`dbaudit rules`: the rules, and the documentation of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from dbaudit.cli.console import streams
from dbaudit.cli.options import NoColor, RuleFolders

if TYPE_CHECKING:
    from dbaudit.rules.rule import Rule

rules_app = typer.Typer(
    help="List the rules, or show the documentation of one.", invoke_without_command=True
)

Format = Annotated[
    str, typer.Option("--format", metavar="terminal|json", help="How to print the list.")
]


@rules_app.callback()
def rules(
    context: typer.Context,
    rules: RuleFolders = None,
    format_: Format = "terminal",
    no_color: NoColor = False,
) -> None:
    """List the rules, or show the documentation of one."""
    from rich.table import Table

    from dbaudit.errors import UsageError
    from dbaudit.rules.load import load_rules

    if context.invoked_subcommand:
        return
    if format_ not in ("terminal", "json"):
        raise UsageError(f"--format {format_!r}: unknown; known are terminal, json")
    out = streams(quiet=False, no_color=no_color).out
    loaded = load_rules(rules or ())
    if format_ == "json":
        typer.echo(json.dumps([_document(rule) for rule in loaded], indent=2))
        return
    grid = Table.grid(padding=(0, 2))
    for rule in sorted(loaded, key=lambda rule: (rule.category, rule.id)):
        grid.add_row(rule.id, rule.category, str(rule.severity), rule.title)
    out.print(grid)
    out.print(f"\n{len(loaded)} rules; dbaudit rules show ID explains one", style="dim")


@rules_app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The rule's id.")],
    rules: RuleFolders = None,
    no_color: NoColor = False,
) -> None:
    """Show what a rule looks for, what it costs, when to ignore it, and its options."""
    from dbaudit.rules.load import find_rule, load_rules

    out = streams(quiet=False, no_color=no_color).out
    rule = find_rule({rule.id: rule for rule in load_rules(rules or ())}, id_)
    out.print(rule.id, style="bold")
    out.print(f"{rule.title} ({rule.category}, {rule.severity})\n")
    out.print(rule.why)
    if rule.options:
        out.print(f"\nOptions, set in dbaudit.toml under [rules.{rule.id}]:")
        for name, value in rule.options.items():
            out.print(f"  {name} = {json.dumps(value)}")
    out.print(f"\nReads: {', '.join(rule.needs)}", style="dim")
    for reference in rule.references:
        out.print(reference, style="dim", soft_wrap=True)


def _document(rule: Rule) -> Mapping[str, object]:
    return {
        "id": rule.id,
        "title": rule.title,
        "category": rule.category,
        "severity": rule.severity,
        "needs": list(rule.needs),
        "options": dict(rule.options),
        "why": rule.why,
        "references": list(rule.references),
    }
