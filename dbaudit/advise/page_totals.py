"""`count(*) OVER ()` beside the rows of a page: the whole result is read for every page."""

from __future__ import annotations

from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.trial_cost import trial_cost
from dbaudit.shadow.planner import Planner
from dbaudit.workload.binding import rebind
from dbaudit.workload.lexer import TokenKind, significant, tokens

_TOTAL = ["count", "(", "*", ")", "over", "(", ")"]

#: The page without its total must cost at most this share.
_WORTH = 0.5


def total_remedy(query: PlannedQuery, outcome: Outcome, planner: Planner) -> str | None:
    """What a page costs without the total, where that is much less."""
    statement = without_total(query.query.statement)
    if statement is None:
        return None
    variants = [rebind(variant, statement) for variant in query.item.statements[0].variants]
    cost = trial_cost(variants, outcome.chosen, query.item.tables, planner)
    after = outcome.after(query.item)
    if cost is None or cost > _WORTH * after:
        return None
    return (
        "count(*) OVER () reads the whole result for every page; without it a page costs "
        f"{cost:,.1f} instead of {after:,.1f}: count in a query of its own, once and not page by "
        "page, or ask for one row more than is shown to know whether there is a next page"
    )


def without_total(statement: str) -> str | None:
    """A paging statement without its total; None for any other statement."""
    found = significant(tokens(statement))
    words = [token.word or token.text for token in found]
    at = next((n for n in range(len(words)) if words[n : n + len(_TOTAL)] == _TOTAL), None)
    if at is None or not {"limit", "fetch"} & set(words[at:]):
        return None
    begin, end = at, at + len(_TOTAL)
    if words[end] == "as":
        end += 2
    elif found[end].kind in (TokenKind.WORD, TokenKind.QUOTED_IDENT) and words[end] != "from":
        end += 1
    if words[begin - 1] == ",":
        begin -= 1
    elif words[end] == ",":
        end += 1
    else:
        return None
    return statement[: found[begin].start] + statement[found[end - 1].end :]
