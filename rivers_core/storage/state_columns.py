"""How the states of 512 partitions are packed into one value of the database, and read back as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

CELLS = 512  # partitions in a chunk

Cells: TypeAlias = NDArray[Any]  # one column: its dtype is given by DTYPES

# `shown` is read by itself to open a grid, so it is stored as plain bytes and comes first.
DTYPES: dict[str, np.dtype[Any]] = {
    "shown": np.dtype("<u1"),
    "attempt": np.dtype("<u1"),
    "attempt_run": np.dtype("<i8"),
    "materialized_run": np.dtype("<i8"),
    "materialized_seq": np.dtype("<i8"),
    "changed_seq": np.dtype("<i8"),
    "materialized_time": np.dtype("<i8"),
    "code_version": np.dtype("<u2"),
    "data_version": np.dtype("<u8"),
    "read_seq": np.dtype("<i8"),
}
COLUMNS = tuple(DTYPES)
# The two halves of a partition's state: what its last attempt did, and its last materialization.
ATTEMPT_COLUMNS = ("shown", "attempt", "attempt_run")
OUTPUT_COLUMNS = tuple(name for name in COLUMNS if name not in ATTEMPT_COLUMNS)

_OFFSETS: dict[int, np.dtype[Any]] = {1: np.dtype("<u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<u8")}
_HEADER = 9


def pack(name: str, chunks: Cells) -> list[bytes]:
    """One value for each row of `chunks` (shape: n, CELLS; no negative numbers).

    A chunk's smallest number is written once and the others as offsets of as few bytes as they need: runs
    that are near each other have numbers that are near each other.
    """
    if name == "shown":
        return [row.tobytes() for row in chunks]
    wide = chunks.astype("<u8")
    lowest, spans = wide.min(axis=1), wide.max(axis=1) - wide.min(axis=1)
    return [_packed(row, low, span) for row, low, span in zip(wide, lowest, spans.tolist(), strict=True)]


def _packed(row: NDArray[np.uint64], lowest: np.uint64, span: int) -> bytes:
    if span == 0:
        return b"\0" + lowest.tobytes()
    width = next(width for width in _OFFSETS if span < 1 << 8 * width)
    offsets: bytes = (row - lowest).astype(_OFFSETS[width]).tobytes()
    return bytes((width,)) + lowest.tobytes() + offsets


def unpack(name: str, values: Sequence[bytes]) -> Cells:
    """The rows that `pack` wrote (shape: n, CELLS)."""
    if name == "shown":
        return np.frombuffer(b"".join(values), dtype=DTYPES[name]).reshape(-1, CELLS).copy()
    chunks = np.empty((len(values), CELLS), dtype="<u8")
    for at, value in enumerate(values):
        width = value[0]
        lowest = np.frombuffer(value, dtype="<u8", count=1, offset=1)
        if width:
            np.add(np.frombuffer(value, dtype=_OFFSETS[width], offset=_HEADER), lowest, out=chunks[at])
        else:
            chunks[at] = lowest
    return chunks.astype(DTYPES[name])


def no_cells(count: int) -> dict[str, Cells]:
    """Every column of `count` chunks in which nothing has happened yet."""
    return {name: np.zeros((count, CELLS), dtype=dtype) for name, dtype in DTYPES.items()}
