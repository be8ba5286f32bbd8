"""Gathers what many runs did to the partitions of one asset."""

from __future__ import annotations

import numpy as np

from rivers_core.storage.state_chunks import Attempts


class AttemptList:
    """Attempts one by one and in arrays, in the order in which they came."""

    def __init__(self) -> None:
        self._single: list[tuple[int, int, int, bool, int, int, int, int]] = []
        self._pieces: list[Attempts] = []

    def add(
        self,
        ordinal: int,
        state: int,
        run: int,
        materialized: bool,  # noqa: FBT001  # the fields of Attempts in their order
        sequence: int,
        time: int,
        code_version: int,
        data_version: int,
    ) -> None:
        """One partition's attempt; see `Attempts` for the fields."""
        self._single.append((ordinal, state, run, materialized, sequence, time, code_version, data_version))

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
        ordinals, states, runs, materialized, sequences, times, code, data = zip(*self._single, strict=True)
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
            )
        )
