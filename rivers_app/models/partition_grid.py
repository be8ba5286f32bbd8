"""The states of all partitions of one asset, one byte each, and how many are in which state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import PartitionState

STATE_COUNT = len(PartitionState)


@dataclass(frozen=True, slots=True, eq=False)
class CellChange:
    """Partitions whose state changed: distinct ordinals in order, and a state byte each before and after."""

    ordinals: NDArray[np.int64]
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]


class PartitionGridModel(QObject):
    """Holds a pinned definition and a state byte for each of its partitions.

    Whoever listens to `cells_changed` is told after the bytes were written.
    """

    replaced = Signal()
    """Another definition or all new states."""
    cells_changed = Signal(object)
    """A `CellChange`."""
    counts_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._definition: PartitionsDefinition | None = None
        self._states = np.zeros(0, dtype=np.uint8)
        self._counts = np.zeros(STATE_COUNT, dtype=np.int64)

    @property
    def definition(self) -> PartitionsDefinition | None:
        return self._definition

    @property
    def size(self) -> int:
        return len(self._states)

    @property
    def states(self) -> NDArray[np.uint8]:
        """A state byte an ordinal, which changes as partitions do; read only."""
        view = self._states.view()
        view.flags.writeable = False
        return view

    def state_at(self, ordinal: int) -> PartitionState:
        return PartitionState(int(self._states[ordinal]))

    def count(self, state: PartitionState) -> int:
        return int(self._counts[state])

    def counts(self) -> dict[PartitionState, int]:
        return {state: int(self._counts[state]) for state in PartitionState}

    def set_definition(self, definition: PartitionsDefinition, states: NDArray[np.uint8]) -> None:
        """Show another asset; raises `ValueError` unless there is a state for each partition."""
        if len(states) != definition.size():
            raise ValueError(f"{len(states)} states for {definition.size()} partitions")
        self._definition = definition
        self._use(states)

    def set_states(self, states: NDArray[np.uint8]) -> None:
        """Replace all states; raises `ValueError` unless there are as many as before."""
        if len(states) != self.size:
            raise ValueError(f"{len(states)} states for {self.size} partitions")
        self._use(states)

    def apply(self, ordinals: NDArray[np.int64], states: NDArray[np.uint8]) -> None:
        """Change some states; of an ordinal that comes twice the last state counts."""
        distinct, last = np.unique(ordinals[::-1], return_index=True)
        after = states[::-1][last].astype(np.uint8)
        before = self._states[distinct]
        moved = before != after
        if not moved.any():
            return
        change = CellChange(distinct[moved].astype(np.int64), before[moved], after[moved])
        self._states[change.ordinals] = change.after
        self._counts += np.bincount(change.after, minlength=STATE_COUNT)
        self._counts -= np.bincount(change.before, minlength=STATE_COUNT)
        self.cells_changed.emit(change)
        self.counts_changed.emit()

    def _use(self, states: NDArray[np.uint8]) -> None:
        self._states = np.array(states, dtype=np.uint8)
        self._counts = _counted(self._states)
        self.replaced.emit()
        self.counts_changed.emit()


def _counted(states: NDArray[np.uint8]) -> NDArray[np.int64]:
    # By comparing, because counting bytes with bincount copies them to eight bytes each.
    counts = [np.count_nonzero(states == int(state)) for state in PartitionState]
    return np.array(counts, dtype=np.int64)
