"""Opening and reading a log's bytes, block by block."""

from __future__ import annotations

import gzip
import importlib
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import BinaryIO, cast

from dbaudit.errors import LogError
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.zstd_frames import ZstdFrames

STDIN = "-"
#: What is made of a block fits into a processor's cache: larger ones take half as long again.
BLOCK_BYTES = 64 * 2**10

_SAMPLE_BYTES = 256 * 2**10
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"

DAMAGED = "the compressed data end early or are damaged: read up to there"


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """A log's bytes, decompressed when they are compressed. Raises LogError."""
    if path == STDIN:
        yield decompressed(cast(BufferedReader, sys.stdin.buffer), path)
        return
    try:
        file = open(path, "rb")  # noqa: SIM115, PTH123
    except OSError as error:
        raise LogError(f"{path}: {error.strerror}; the log cannot be read") from None
    with file:
        yield decompressed(file, path)


def decompressed(file: BufferedReader, path: str) -> BinaryIO:
    """The same bytes as they were before gzip or zstd, told by how they begin."""
    head = file.peek(4)[:4]
    if head.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if head.startswith(_ZSTD):
        return _zstd(file, path)
    return file


def is_compressed(path: str) -> bool:
    """Whether a file is compressed, told by how it begins. Raises LogError."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(4).startswith((_GZIP, _ZSTD))
    except OSError as error:
        raise LogError(f"{path}: {error.strerror}; the log cannot be read") from None


def _zstd(file: BufferedReader, path: str) -> BinaryIO:
    """By Python's own module (3.14 on), else by the `zstandard` package."""
    if sys.version_info >= (3, 14):
        return cast(BinaryIO, importlib.import_module("compression.zstd").ZstdFile(file))
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise LogError(
            f"{path}: is compressed by zstd; run: pip install 'dbaudit[zstd]', or give what "
            "zstd -dc writes on standard input"
        ) from None
    return cast(BinaryIO, ZstdFrames(file, zstandard.ZstdDecompressor().decompressobj))


def blocks(file: BinaryIO, tally: InputTally) -> Iterator[bytes]:
    """What is left of a file in blocks. Damage of compressed data ends it, and is noted."""
    # read1 gives what is there: a pipe must not be waited for until a whole block is full.
    read = file.read1 if isinstance(file, BufferedReader) else file.read
    damaged = _damages()
    while True:
        try:
            block = read(BLOCK_BYTES)
        except damaged as error:
            tally.note(f"{DAMAGED} ({error})")
            return
        except OSError as error:
            raise LogError(f"{tally.source}: {error.strerror or error}; reading failed") from None
        if not block:
            return
        yield block


def _damages() -> tuple[type[BaseException], ...]:
    """What the decompressing libraries that are loaded raise for damaged data."""
    loaded = (sys.modules.get(name) for name in ("zstandard", "compression.zstd"))
    zstd = [module.ZstdError for module in loaded if module is not None]
    return (EOFError, zlib.error, gzip.BadGzipFile, *zstd)


def sample(path: str) -> bytes:
    """The first bytes of a log, for what can be told from them. Raises LogError."""
    with opened(path) as file:
        return b"".join(_first(blocks(file, InputTally(path))))


def _first(every: Iterator[bytes]) -> Iterator[bytes]:
    for block in every:
        yield block[:_SAMPLE_BYTES]
        return
