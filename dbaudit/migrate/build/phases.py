"""The phases of a concurrent build in words, and how far along the whole each of them is. Pure.

The phases are those of pg_stat_progress_create_index (PostgreSQL's manual, 27.4.2). Their counters
are of the phase at hand; the spans below are each phase's part of the whole: the means of six
builds of B-trees over 1.5 million rows in PostgreSQL 18.6 (a number, a text, two columns; with and
without workers), where reading the table took 27 to 63 % and writing the index 16 to 32 %.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phase:
    """Its words, and its begin and end as shares (0 to 1) of the whole build's work."""

    words: str
    begin: float
    end: float


_PHASES = {
    "initializing": Phase("starting", 0.0, 0.0),
    "waiting for writers before build": Phase("waiting for writers", 0.0, 0.0),
    "building index": Phase("building", 0.0, 0.73),
    "building index: initializing": Phase("starting", 0.0, 0.0),
    "building index: scanning table": Phase("reading the table", 0.0, 0.4),
    "building index: sorting live tuples": Phase("sorting", 0.4, 0.5),
    "building index: sorting dead tuples": Phase("sorting", 0.5, 0.5),
    "building index: loading tuples in tree": Phase("writing the index", 0.5, 0.73),
    "waiting for writers before validation": Phase("waiting for writers", 0.73, 0.73),
    "index validation: scanning index": Phase("checking: reading the index", 0.73, 0.8),
    "index validation: sorting tuples": Phase("checking: sorting", 0.8, 0.87),
    "index validation: scanning table": Phase("checking: reading the table", 0.87, 1.0),
    "waiting for old snapshots": Phase("waiting for old transactions", 1.0, 1.0),
}

#: Below this share the time that it took says too little of the rest.
_LEAST_SHARE = 0.03


def phase_words(phase: str) -> str:
    """A phase in words; the server's own for one that is not known."""
    found = _PHASES.get(phase)
    return found.words if found else phase


def share_of_whole(phase: str, share: float | None) -> float | None:
    """How much of the whole build is done (0 to 1) when that share of a phase is."""
    found = _PHASES.get(phase)
    if found is None:
        return None
    return found.begin + (found.end - found.begin) * (share or 0.0)


def seconds_left(share: float | None, worked_seconds: float) -> float | None:
    """What is left at the pace so far, waits left out; None while that cannot be told."""
    if share is None or not _LEAST_SHARE <= share < 1.0:
        return None
    return worked_seconds * (1.0 - share) / share
