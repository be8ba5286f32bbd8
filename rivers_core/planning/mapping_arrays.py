"""Partition mappings for arrays of ordinals: a million partitions at once instead of one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.bound_mapping import BoundMapping, Link
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping import PartitionMapping
from rivers_core.partitions.mapping_rules import FixedRule, MappedKeys, MappingRule
from rivers_core.partitions.subset import Subset
from rivers_core.planning.axis_arrays import AxisTable, image_table, preimage_table
from rivers_core.planning.grid_arrays import Ordinals

Definition = PartitionsDefinition | None


class UpstreamArrays(NamedTuple):
    """What each of some downstream partitions reads, in compressed rows.

    Row i reads `ordinals[offsets[i] : offsets[i + 1]]`, ascending, and wants `missing_counts[i]` further keys that
    do not exist upstream. `offsets` is one longer than the rows.
    """

    offsets: Ordinals
    ordinals: Ordinals
    missing_counts: Ordinals


def upstream_arrays(
    mapping: PartitionMapping, downstream: Definition, upstream: Definition, ordinals: Ordinals
) -> UpstreamArrays:
    """What the downstream partitions `ordinals` read, a row each; both definitions pinned.

    Every row is written out: where all rows are alike, `constant_upstream` says so without that.
    """
    bound = mapping.bound(downstream, upstream)
    indices = _unraveled(ordinals, bound.downstream_shape)
    rows = AxisTable.single_ordinal(len(ordinals))
    wanted = np.ones(len(ordinals), np.int64)
    for link, size in zip(bound.links, bound.upstream_shape, strict=True):
        table = _image_table(link, indices, len(ordinals))
        wanted *= table.counts() + table.missing
        rows = rows.times(table, size)
    return UpstreamArrays(rows.offsets_by_row(), rows.values_by_row(), wanted - rows.counts())


def constant_upstream(mapping: PartitionMapping, downstream: Definition, upstream: Definition) -> MappedKeys | None:
    """What every downstream partition reads alike, or None when they differ by mapping."""
    return mapping.bound(downstream, upstream).read_by_all()


def downstream_ordinals(
    mapping: PartitionMapping, downstream: Definition, upstream: Definition, upstream_ordinals: Ordinals
) -> Ordinals:
    """The downstream partitions that read any of `upstream_ordinals`, sorted, each once; both pinned."""
    bound = mapping.bound(downstream, upstream)
    sources = [link.source for link in bound.links if link.source is not None]
    if len(set(sources)) != len(sources):
        return _one_by_one(bound, upstream_ordinals)
    positions = _unraveled(upstream_ordinals, bound.upstream_shape)
    kept = _read_by_fixed(bound.links, positions, len(upstream_ordinals))
    if not kept.any():
        return np.empty(0, np.int64)
    read = {
        link.source: (link.rule, positions[at][kept])
        for at, link in enumerate(bound.links)
        if isinstance(link.rule, MappingRule) and link.source is not None
    }
    return _expanded(_readers(bound, read), sorted(read), bound.downstream_shape)


def _image_table(link: Link, indices: Sequence[Ordinals], count: int) -> AxisTable:
    if isinstance(link.rule, FixedRule):
        return AxisTable.constant(link.rule.mapped, count)
    assert link.source is not None
    return image_table(link.rule, indices[link.source])


def _read_by_fixed(links: Sequence[Link], positions: Sequence[Ordinals], count: int) -> NDArray[np.bool_]:
    """Which upstream partitions lie among the positions that fixed rules read."""
    kept = np.ones(count, bool)
    for link, at in zip(links, positions, strict=True):
        if isinstance(link.rule, FixedRule):
            bounds = np.asarray(link.rule.mapped.subset.ranges, np.int64).reshape(-1)
            kept &= np.searchsorted(bounds, at, side="right") % 2 == 1
    return kept


def _readers(bound: BoundMapping, read: dict[int, tuple[MappingRule, Ordinals]]) -> Ordinals:
    """The downstream positions, raveled over the axes that are read in their order, each once."""
    if not read:
        return np.zeros(1, np.int64)
    axes = sorted(read)
    joined = _distinct(np.stack([read[axis][1] for axis in axes]))
    rows = AxisTable.single_ordinal(joined.shape[1])
    for row, axis in enumerate(axes):
        rows = rows.times(preimage_table(read[axis][0], joined[row]), bound.downstream_shape[axis])
    return _sorted_once(rows.values_by_row(), int(np.prod([bound.downstream_shape[axis] for axis in axes])))


def _distinct(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The different columns of a matrix with a row for each axis."""
    sizes = [int(row.max()) + 1 for row in columns]
    raveled = np.ravel_multi_index(tuple(columns), sizes)
    return np.stack(np.unravel_index(_sorted_once(raveled, int(np.prod(sizes))), sizes)).astype(np.int64)


def _sorted_once(ordinals: Ordinals, size: int) -> Ordinals:
    """The ordinals below `size`, ascending, each once: by marking them where that is cheaper than sorting."""
    if size > 64 * len(ordinals):
        return np.unique(ordinals)
    found = np.zeros(size, bool)
    found[ordinals] = True
    return np.flatnonzero(found).astype(np.int64)


def _expanded(read: Ordinals, axes: Sequence[int], shape: Sequence[int]) -> Ordinals:
    """Ordinals over all axes from those over some: the others are taken whole."""
    parts = np.unravel_index(read, [shape[axis] for axis in axes]) if axes else ()
    found = np.zeros((1, 1), np.int64) if not axes else np.zeros((len(read), 1), np.int64)
    for axis, size in enumerate(shape):
        at = np.arange(size)[None, :] if axis not in axes else parts[axes.index(axis)][:, None]
        found = (found[:, :, None] * size + at[:, None, :]).reshape(len(found), found.shape[1] * at.shape[1])
    return np.sort(found.reshape(-1))


def _unraveled(ordinals: Ordinals, shape: Sequence[int]) -> tuple[Ordinals, ...]:
    indices: list[Ordinals] = []
    rest = ordinals.astype(np.int64, copy=False)
    for size in reversed(shape):
        if len(indices) == len(shape) - 1:
            indices.append(rest)
            break
        rest, index = np.divmod(rest, size)
        indices.append(index)
    return tuple(reversed(indices))


def _one_by_one(bound: BoundMapping, upstream_ordinals: Ordinals) -> Ordinals:
    """For the rare mapping in which two upstream dimensions read the same downstream one."""
    found = bound.downstream_of(Subset.of(np.unique(upstream_ordinals).tolist()))
    return np.fromiter(found, np.int64, len(found))
