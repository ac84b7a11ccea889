"""The targets hold for what fuzzing begins with, whole and broken."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

_BROKEN = 20


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_its_seeds(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    assert SEEDS[name]
    for seed in SEEDS[name]:
        TARGETS[name](seed, tmp_path)
        for _ in range(_BROKEN // len(SEEDS[name])):
            TARGETS[name](_broken(seed, chance), tmp_path)


def _broken(seed: bytes, chance: random.Random) -> bytes:
    """The seed with a piece cut out, one doubled, and some bytes changed."""
    at, other, end = sorted(chance.randrange(len(seed) + 1) for _ in range(3))
    data = bytearray(seed[:at] + seed[other:end] + seed[at:end] + seed[other:])
    for _ in range(chance.randrange(4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)
