"""How PostgreSQL stores the coefficients of extended statistics.

statext_ndistinct_serialize in mvdistinct.c and statext_dependencies_serialize in dependencies.c, on
a little-endian machine. Columns are numbers (attnum), expressions negative ones.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping

_HEADER = struct.Struct("<III")  # magic, type, number of items
_NDISTINCT = (0xA352BFA4, 1)
_DEPENDENCIES = (0xB4549A2C, 1)
_NDISTINCT_ITEM = struct.Struct("<di")
_DEPENDENCY_ITEM = struct.Struct("<dh")

#: A coefficient and the columns that it is of.
_Item = tuple[float, tuple[int, ...]]


def ndistinct_of_text(text: str) -> bytes:
    """The bytes of a pg_ndistinct that reads `{"1, 2": 400}`."""
    items = [(float(value), _numbers(key.split(","))) for key, value in json.loads(text).items()]
    return _written(items, _NDISTINCT, _NDISTINCT_ITEM)


def dependencies_of_text(text: str) -> bytes:
    """The bytes of a pg_dependencies that reads `{"1 => 2": 1.000000}`."""
    items = [
        (float(value), _numbers(key.replace("=>", ",").split(",")))
        for key, value in json.loads(text).items()
    ]
    return _written(items, _DEPENDENCIES, _DEPENDENCY_ITEM)


def renumbered_ndistinct(data: bytes, numbers: Mapping[int, int]) -> bytes:
    """A pg_ndistinct with its columns' numbers replaced."""
    return _written(_renumbered(data, numbers, _NDISTINCT_ITEM), _NDISTINCT, _NDISTINCT_ITEM)


def renumbered_dependencies(data: bytes, numbers: Mapping[int, int]) -> bytes:
    """A pg_dependencies with its columns' numbers replaced."""
    items = _renumbered(data, numbers, _DEPENDENCY_ITEM)
    return _written(items, _DEPENDENCIES, _DEPENDENCY_ITEM)


def _numbers(words: Iterable[str]) -> tuple[int, ...]:
    return tuple(int(word) for word in words)


def _renumbered(data: bytes, numbers: Mapping[int, int], item: struct.Struct) -> list[_Item]:
    return [
        (value, tuple(numbers.get(column, column) for column in columns))
        for value, columns in _read(data, item)
    ]


def _read(data: bytes, item: struct.Struct) -> Iterator[_Item]:
    _, _, count = _HEADER.unpack_from(data)
    position = _HEADER.size
    for _ in range(count):
        value, columns = item.unpack_from(data, position)
        position += item.size
        yield value, struct.unpack_from(f"<{columns}h", data, position)
        position += 2 * columns


def _written(items: Iterable[_Item], kind: tuple[int, int], item: struct.Struct) -> bytes:
    packed = [
        item.pack(value, len(columns)) + struct.pack(f"<{len(columns)}h", *columns)
        for value, columns in items
    ]
    return _HEADER.pack(*kind, len(packed)) + b"".join(packed)
