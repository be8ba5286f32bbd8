"""Gathers what many runs did to the partitions of one asset."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from rivers_core.storage.state_chunks import Attempts

# What happened to one partition: the fields of Attempts in their order.
Attempt: TypeAlias = tuple[int, int, int, bool, int, int, int, int, int]


class AttemptList:
    """Attempts one by one and in arrays, in the order in which they came."""

    def __init__(self) -> None:
        self._single: list[Attempt] = []
        self._pieces: list[Attempts] = []

    def add(self, attempt: Attempt) -> None:
        self._single.append(attempt)

    def extend(self, attempts: Attempts) -> None:
        self._gather()
        self._pieces.append(attempts)

    def collected(self) -> Attempts:
        """All of them as one, sorted."""
        self._gather()
        if len(self._pieces) == 1:
            return self._pieces[0].sorted()
        columns = zip(*(piece.columns() for piece in self._pieces), strict=True)
        return Attempts(*(np.concatenate(column) for column in columns)).sorted()

    def _gather(self) -> None:
        if not self._single:
            return
        ordinals, states, runs, materialized, sequences, times, code, data, reads = zip(*self._single, strict=True)
        self._single = []
        self._pieces.append(
            Attempts(
                np.array(ordinals, dtype=np.int64),
                np.array(states, dtype=np.uint8),
                np.array(runs, dtype=np.int64),
                np.array(materialized, dtype=bool),
                np.array(sequences, dtype=np.int64),
                np.array(times, dtype=np.int64),
                np.array(code, dtype=np.uint16),
                np.array(data, dtype=np.uint64),
                np.array(reads, dtype=np.int64),
            )
        )
