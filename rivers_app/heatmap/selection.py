"""The partitions a person selected: one set of ordinals, shared by the grid and the table."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from rivers_app.heatmap.layouts import Ordinals
from rivers_core.partitions.subset import Subset

Mask = NDArray[np.bool_]

NO_CURRENT: Final = -1


class PartitionSelection(QObject):
    """A set of ordinals below `size`, and the current one, which keys and Enter act on.

    Ordinals are given as int64 arrays in any order, with repeats if need be.
    """

    changed = Signal()
    current_changed = Signal(int)

    def __init__(self, size: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mask: Mask = np.zeros(size, dtype=np.bool_)
        self._count = 0
        self._current = NO_CURRENT
        self._version = 0

    @property
    def size(self) -> int:
        return len(self._mask)

    @property
    def count(self) -> int:
        return self._count

    @property
    def version(self) -> int:
        """A number that is another one after each change."""
        return self._version

    @property
    def current(self) -> int:
        """The current ordinal, `NO_CURRENT` if there is none."""
        return self._current

    @property
    def mask(self) -> Mask:
        """One truth value an ordinal; read only."""
        view = self._mask.view()
        view.flags.writeable = False
        return view

    def __contains__(self, ordinal: object) -> bool:
        return isinstance(ordinal, int) and 0 <= ordinal < self.size and bool(self._mask[ordinal])

    def ordinals(self) -> Ordinals:
        """The selected ordinals in order."""
        return np.flatnonzero(self._mask).astype(np.int64, copy=False)

    def subset(self) -> Subset:
        """The selection as ranges, the form in which backfills are requested."""
        edges = np.flatnonzero(np.diff(self._mask.view(np.int8), prepend=0, append=0))
        return Subset(tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)))

    def resize(self, size: int) -> None:
        """Begin again, empty, for another definition or another number of partitions."""
        self._current = NO_CURRENT
        self._use(np.zeros(size, dtype=np.bool_))
        self.current_changed.emit(self._current)

    def set_current(self, ordinal: int) -> None:
        if ordinal != self._current:
            self._current = ordinal
            self.current_changed.emit(ordinal)

    def replace(self, ordinals: Ordinals) -> None:
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[ordinals] = True
        self._use(mask)

    def replace_mask(self, mask: Mask) -> None:
        """Select exactly where `mask` (one truth value an ordinal) is true."""
        self._use(np.array(mask, dtype=np.bool_))

    def replace_subset(self, subset: Subset) -> None:
        mask = np.zeros(self.size, dtype=np.bool_)
        for start, stop in subset.ranges:
            mask[start:stop] = True
        self._use(mask)

    def add(self, ordinals: Ordinals) -> None:
        mask = self._mask.copy()
        mask[ordinals] = True
        self._use(mask)

    def remove(self, ordinals: Ordinals) -> None:
        mask = self._mask.copy()
        mask[ordinals] = False
        self._use(mask)

    def toggle(self, ordinals: Ordinals) -> None:
        """Add these, or remove them if all of them are selected."""
        if len(ordinals) and self._mask[ordinals].all():
            self.remove(ordinals)
        else:
            self.add(ordinals)

    def select_all(self) -> None:
        self._use(np.ones(self.size, dtype=np.bool_))

    def clear(self) -> None:
        self._use(np.zeros(self.size, dtype=np.bool_))

    def invert(self) -> None:
        self._use(~self._mask)

    def _use(self, mask: Mask) -> None:
        if len(mask) != self.size or not np.array_equal(mask, self._mask):
            self._mask = mask
            self._count = int(np.count_nonzero(mask))
            self._version += 1
            self.changed.emit()
