"""Which partition of an edited definition has the key that a partition of the earlier one had."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import LoneDefinition, PartitionsDefinition
from rivers_core.partitions.listed_definitions import DynamicPartitions, StaticPartitions
from rivers_core.partitions.multi_definitions import MultiPartitions
from rivers_core.partitions.time_definitions import TimePartitions

NOWHERE = -1


def new_ordinals(
    earlier: PartitionsDefinition | None, later: PartitionsDefinition | None, ordinals: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each ordinal within `earlier` that of the same key within `later`; NOWHERE for a key it lacks.

    None is the definition of an asset without partitions, whose one cell has no key.
    """
    if isinstance(earlier, LoneDefinition) and isinstance(later, LoneDefinition):
        return _of_dimension(earlier, later, ordinals)
    if isinstance(earlier, MultiPartitions) and isinstance(later, MultiPartitions):
        return _of_product(earlier, later, ordinals)
    return np.full(len(ordinals), NOWHERE, dtype=np.int64)


def _of_product(earlier: MultiPartitions, later: MultiPartitions, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
    if set(earlier.names) != set(later.names):
        return np.full(len(ordinals), NOWHERE, dtype=np.int64)
    positions = dict(zip(earlier.names, _positions(earlier, ordinals), strict=True))
    found = np.zeros(len(ordinals), dtype=np.int64)
    fits = np.ones(len(ordinals), dtype=bool)
    before = dict(earlier.parts)
    for name, part in later.parts:
        moved = _of_dimension(before[name], part, positions[name])
        fits &= moved != NOWHERE
        found = found * part.size() + moved
    return np.where(fits, found, NOWHERE)


def _positions(definition: MultiPartitions, ordinals: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The position in every dimension; that in the first may lie beyond its present end."""
    positions: list[NDArray[np.int64]] = []
    rest = ordinals
    for _, part in reversed(definition.parts[1:]):
        rest, position = np.divmod(rest, part.size())
        positions.append(position)
    return [rest, *reversed(positions)]


def _of_dimension(earlier: LoneDefinition, later: LoneDefinition, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(positions):
        return positions
    if isinstance(earlier, TimePartitions) and isinstance(later, TimePartitions):
        if (earlier.rhythm, earlier.fmt) == (later.rhythm, later.fmt):
            return _shifted(earlier, later, positions)
    elif _listed(earlier) and _listed(later):
        return _looked_up(earlier, later, positions)
    return _key_by_key(earlier, later, positions)


def _shifted(earlier: TimePartitions, later: TimePartitions, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Windows of one rhythm keep their distance, so one of them tells where all have gone."""
    first = int(positions.min())
    target = later.grid.ordinal_at(earlier.grid.start_of(first))
    if target is None:
        return np.full(len(positions), NOWHERE, dtype=np.int64)
    moved = positions + (target - first)
    return np.where((moved >= 0) & (moved < later.size()), moved, NOWHERE)


def _listed(definition: LoneDefinition) -> bool:
    return isinstance(definition, StaticPartitions | DynamicPartitions)


def _looked_up(earlier: LoneDefinition, later: LoneDefinition, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    place = {later.label_at(at): at for at in range(later.size())}
    table = np.array([place.get(earlier.label_at(at), NOWHERE) for at in range(earlier.size())], dtype=np.int64)
    return table[positions]


def _key_by_key(earlier: LoneDefinition, later: LoneDefinition, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    unique, where = np.unique(positions, return_inverse=True)
    moved = [_index_of(later, earlier.label_at(at)) for at in unique.tolist()]
    return np.array(moved, dtype=np.int64)[where]


def _index_of(definition: LoneDefinition, label: str) -> int:
    try:
        return definition.index_of(label)
    except PartitionValidationError:
        return NOWHERE
