"""From a target to a filled shadow: read, dump, restore, complete."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dbaudit.shadow.dump import Entry, dump
from dbaudit.shadow.extended_statistics import (
    apply_extended_statistics,
    read_extended_statistics,
)
from dbaudit.shadow.limits import limits
from dbaudit.shadow.range_statistics import apply_range_statistics, read_range_statistics
from dbaudit.shadow.ranges import Ends, make_twins, read_ranges
from dbaudit.shadow.restore import Failure, restore
from dbaudit.shadow.shaping import RelationFile, existing_files
from dbaudit.shadow.source import RelationName, Source, read_source
from dbaudit.shadow.stand_ins import (
    DATABASE,
    create_database,
    create_stand_ins,
    grant_everything,
)
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Session, connect
from dbaudit.targets.shadow_session import connect_shadow, run
from dbaudit.targets.tls_relay import without_tls


@dataclass(frozen=True, slots=True)
class Filled:
    """What was copied: `files` are to be shaped, `failures` what the shadow refused of the dump,
    `not_covered` the reason for each relation that is not there."""

    source: Source
    files: tuple[RelationFile, ...]
    failures: tuple[Failure, ...]
    not_covered: Mapping[RelationName, str]
    ends: Ends
    limits: tuple[str, ...]

    @property
    def role(self) -> str | None:
        """The role that the target was read as, to plan as; None when the shadow has it not."""
        known = {role.name for role in self.source.roles}
        return self.source.user if self.source.user in known else None


def fill(cluster: Cluster, target: PostgresTarget, tables: Collection[RelationName]) -> Filled:
    """Copy schema and statistics of the tables; nothing is written on the target."""
    with connect_shadow(cluster.dsn()) as shadow, connect(target) as session:
        extensions = run(shadow, "select name from pg_catalog.pg_available_extensions")
        source = read_source(session, tables, [name for (name,) in extensions])
        ranges = read_ranges(session, source.relations)
        extended = read_extended_statistics(session, source.relations)
        of_ranges = read_range_statistics(session, source.relations)
        entries = _dump(cluster, session, source)
        create_database(shadow, source.locale)
    dsn = cluster.dsn(DATABASE)
    with connect_shadow(dsn) as shadow:
        create_stand_ins(shadow, source)
        failures = tuple(restore(cluster.bin_dir, dsn, entries))
        ends = make_twins(shadow, ranges)
        apply_extended_statistics(shadow, extended)
        apply_range_statistics(shadow, of_ranges)
        grant_everything(shadow)
        files = tuple(existing_files(shadow, source.pages, source.metapages))
        not_covered = {**source.not_covered, **_missing(shadow, source, failures)}
    lacking = limits(failures, extended.unread, not_covered)
    return Filled(source, files, failures, not_covered, ends, lacking)


def _dump(cluster: Cluster, session: Session, source: Source) -> list[Entry]:
    kept = {*source.relations, *source.pages}
    with without_tls(session) as target:
        entries = dump(cluster.bin_dir, target, source.excluded)
    return [
        entry
        for entry in entries
        # pg_dump writes the statistics of an excluded table's indexes all the same
        if entry.kind != "STATISTICS DATA" or (entry.schema, entry.name) in kept
    ]


_RELATIONS = """
select n.nspname, c.relname
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
"""


def _missing(
    shadow: Session, source: Source, failures: Collection[Failure]
) -> dict[RelationName, str]:
    """The relations that the dump should have made, each with the first message about it."""
    reasons: dict[RelationName, str] = {}
    for failure in failures:
        reasons.setdefault((failure.entry.schema, failure.entry.name), failure.message)
    found = {(row[0], row[1]) for row in run(shadow, _RELATIONS)}
    return {
        name: reasons.get(name, "the dump did not hold it")
        for name in source.relations
        if name not in found
    }
