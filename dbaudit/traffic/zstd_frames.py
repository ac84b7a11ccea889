"""Data that zstd compressed, where Python has no module of its own for it (before 3.14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

#: What is decompressed at a time. So little may become a thousand times as much.
_SLICE_BYTES = 4 * 2**10


class ZstdFrames:
    """Reads frames that follow one another.

    `new_frame` begins one: `decompressobj` of the `zstandard` package, whose readers take data that
    end early for whole ones.
    """

    def __init__(self, file: BinaryIO, new_frame: Callable[[], Any]) -> None:
        self._file = file
        self._new_frame = new_frame
        self._frame: Any = None
        self._compressed = b""

    def read(self, _: int = -1) -> bytes:
        """Some of the bytes, none at the end. Raises EOFError where a frame is not whole."""
        while True:
            self._compressed = self._compressed or self._file.read(_SLICE_BYTES)
            if not self._compressed:
                if self._frame is not None:
                    raise EOFError("a frame of zstd ends early")
                return b""
            found = self._decompressed()
            if found:
                return found

    def _decompressed(self) -> bytes:
        frame = self._frame or self._new_frame()
        found: bytes = frame.decompress(self._compressed)
        self._compressed = frame.unused_data if frame.eof else b""
        self._frame = None if frame.eof else frame
        return found
