"""Which partitions a request asks for, as sorted ordinals of one definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from rivers_core.exceptions import ConfigurationError, PartitionValidationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest

Ordinals = NDArray[np.int64]


def check_asked(request: BackfillRequest, *, partitioned: bool, asset: str) -> None:
    """Raise ConfigurationError where the request names partitions twice, not at all, or where there are none."""
    named = [
        name
        for name, given in (
            ("partition_keys", request.partition_keys),
            ("partition_range", request.partition_range),
            ("a subset", request.subset),
            ("all_partitions", request.all_partitions or None),
        )
        if given is not None
    ]
    if len(named) > 1:
        raise ConfigurationError(f"The request gives both {named[0]} and {named[1]}; give one of them.")
    if partitioned and not named and not request.where:
        raise ConfigurationError(
            f"{asset} has partitions, so say which: give partition_keys or partition_range, choose by state "
            "with where, or ask for all_partitions."
        )
    if not partitioned and (named or request.where):
        what = named[0] if named else "where"
        raise ConfigurationError(f"{asset} has no partitions; leave {what} out.")


def asked_ordinals(
    request: BackfillRequest, definition: PartitionsDefinition, asset: str, now: datetime | None = None
) -> Ordinals:
    """The ordinals asked for, sorted and unique; raises PartitionValidationError naming the asset and the key."""
    if request.subset is not None:
        return _of_subset(request, definition, asset)
    try:
        if request.partition_keys is not None:
            return _of_keys(request.partition_keys, definition, now)
        if request.partition_range is not None:
            return of_range(request.partition_range, definition, now)
    except PartitionValidationError as error:
        raise PartitionValidationError(f"{asset}: {error}") from error
    return np.arange(definition.size(now), dtype=np.int64)


def of_range(asked: PartitionKeyRange, definition: PartitionsDefinition, now: datetime | None = None) -> Ordinals:
    """The ordinals of the product of the positions chosen in each dimension."""
    chosen = asked.select(definition, now)
    ordinals = _array(chosen[0])
    for positions, size in zip(chosen[1:], definition.shape(now)[1:], strict=True):
        ordinals = (ordinals[:, np.newaxis] * size + _array(positions)).ravel()
    return ordinals


def of_subset(subset: Subset) -> Ordinals:
    """The ordinals of a subset as an array."""
    if not subset.ranges:
        return np.empty(0, dtype=np.int64)
    if len(subset.ranges) == 1:
        return np.arange(*subset.ranges[0], dtype=np.int64)
    bounds = np.array(subset.ranges, dtype=np.int64)
    lengths = bounds[:, 1] - bounds[:, 0]
    shifts = bounds[:, 0] - np.concatenate(([0], np.cumsum(lengths)[:-1]))
    return np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(shifts, lengths)


def to_subset(ordinals: Ordinals) -> Subset:
    """Sorted or unsorted ordinals, repeats allowed, as a subset."""
    if not len(ordinals):
        return Subset()
    found = np.unique(ordinals)
    breaks = np.flatnonzero(np.diff(found) != 1)
    starts = found[np.concatenate(([0], breaks + 1))]
    stops = found[np.concatenate((breaks, [len(found) - 1]))] + 1
    return Subset(tuple(zip(starts.tolist(), stops.tolist(), strict=True)))


def _array(positions: Sequence[int]) -> Ordinals:
    if isinstance(positions, range):
        return np.arange(positions.start, positions.stop, dtype=np.int64)
    return np.array(positions, dtype=np.int64)


def _of_subset(request: BackfillRequest, definition: PartitionsDefinition, asset: str) -> Ordinals:
    assert request.subset is not None
    if request.fingerprint != definition.fingerprint:
        raise PartitionValidationError(
            f"The partitions of {asset} changed since these were chosen; look at them again and choose anew."
        )
    ordinals = of_subset(request.subset)
    if len(ordinals) and (ordinals[0] < 0 or ordinals[-1] >= definition.size()):
        raise PartitionValidationError(
            f"{asset} has {definition.size():,} partitions, and there is none at position {int(ordinals[-1]) + 1:,}."
        )
    return ordinals


def _of_keys(keys: Iterable[PartitionKey], definition: PartitionsDefinition, now: datetime | None) -> Ordinals:
    moment = now or datetime.now()
    found = [_ordinals_of(key, definition, moment) for key in keys]
    if not found:
        raise PartitionValidationError("partition_keys is empty; name the keys, or leave it out.")
    return np.unique(np.concatenate(found))


def _ordinals_of(key: PartitionKey, definition: PartitionsDefinition, now: datetime) -> Ordinals:
    """Of all partitions that a key stands for: several where a dimension has several values."""
    indices = definition.indices_of(key, now)
    ordinals = np.array(indices[0], dtype=np.int64)
    for positions, size in zip(indices[1:], definition.shape(now)[1:], strict=True):
        ordinals = (ordinals[:, np.newaxis] * size + np.array(positions, dtype=np.int64)).ravel()
    return ordinals
