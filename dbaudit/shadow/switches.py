"""Which indexes the shadow's planner sees, kept from one plan to the next."""

from __future__ import annotations

from collections.abc import Collection

from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import run

#: The planner leaves out what is not valid (get_relation_info in plancat.c).
_SWITCH = """
update pg_catalog.pg_index
set indisvalid = indexrelid = any(%s::oid[])
where indexrelid = any(%s::oid[])
"""


class IndexSwitches:
    """Candidates are off unless they are asked for, existing indexes are on unless they are hidden.

    What a plan needs otherwise than the one before is written, nothing else: neighbours in a search
    differ by little, and each index that changes costs the server a look at the catalog.
    """

    def __init__(self) -> None:
        self._default: dict[int, bool] = {}
        self._flipped: frozenset[int] = frozenset()
        self._unsure: frozenset[int] = frozenset()

    def set(self, session: Session, on: Collection[int] = (), hidden: Collection[int] = ()) -> None:
        """See these candidates and not these existing indexes, by OID. Raises QueryError.

        What an interrupted switch was to change is written by the next one, changed or not.
        """
        self._default.update(dict.fromkeys(on, False))
        self._default.update(dict.fromkeys(hidden, True))
        flipped = frozenset([*on, *hidden])
        changed = (flipped ^ self._flipped) | self._unsure
        if changed:
            valid = [oid for oid in changed if self._default[oid] is not (oid in flipped)]
            self._unsure = changed
            run(session, _SWITCH, (valid, list(changed)))
        self._flipped, self._unsure = flipped, frozenset()
