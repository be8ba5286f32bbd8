"""Which outputs are out of date, for every partition of an asset at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rivers_core.location.spec import AssetSpec
from rivers_core.planning.links import Link, Links

Ordinals = NDArray[np.int64]

_ROWS_AT_ONCE = 65_536  # a row of a coarse asset may read thousands of upstream partitions


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """When each partition of an asset was last materialized, and by which code.

    `materialized_seq` and `changed_seq` (int64, 0 for never) are running numbers of the database, one for each run;
    the second stands still when a new output equals the one before. `read_seq` (int64) is the number up to which
    other outputs were there when the run that made it began: those that came later it has not read, but for its own.
    `code_version` (uint16) is the id of the version, 0 for none.
    """

    materialized_seq: NDArray[np.int64]
    changed_seq: NDArray[np.int64]
    read_seq: NDArray[np.int64]
    code_version: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class StaleCause:
    """Why `count` partitions of an asset are stale: other code, or an `upstream` asset whose data changed."""

    upstream: str | None
    count: int


def stale_partitions(
    asset: AssetSpec,
    links: Links,
    outputs: Mapping[str, Outputs],
    version_ids: Mapping[str, int],
    among: Ordinals | None = None,
) -> NDArray[np.bool_]:
    """Whether each partition's output was made by other code than now, or from upstream partitions that changed since.

    One element for each of `among`, by default for every partition; one without an output is never stale.
    """
    chosen = _all(outputs[asset.name]) if among is None else among
    stale = np.zeros(len(chosen), dtype=bool)
    for _, out_of_date in _reasons(asset, links, outputs, version_ids, chosen):
        stale |= out_of_date
    return stale


def stale_causes(
    asset: AssetSpec, links: Links, outputs: Mapping[str, Outputs], version_ids: Mapping[str, int]
) -> tuple[StaleCause, ...]:
    """Every reason for which partitions of an asset are stale; one partition may be so for several."""
    reasons = _reasons(asset, links, outputs, version_ids, _all(outputs[asset.name]))
    counts = [StaleCause(upstream, int(out_of_date.sum())) for upstream, out_of_date in reasons]
    return tuple(cause for cause in counts if cause.count)


def _all(outputs: Outputs) -> Ordinals:
    return np.arange(len(outputs.materialized_seq), dtype=np.int64)


def _reasons(
    asset: AssetSpec,
    links: Links,
    outputs: Mapping[str, Outputs],
    version_ids: Mapping[str, int],
    chosen: Ordinals,
) -> Iterator[tuple[str | None, NDArray[np.bool_]]]:
    """For the code (None) and each upstream asset which outputs are out of date by it."""
    own = outputs[asset.name]
    made, read = own.materialized_seq[chosen], own.read_seq[chosen]
    if asset.code_version is not None:
        yield None, (own.code_version[chosen] != version_ids.get(asset.code_version, -1)) & (made > 0)
    for edge in asset.dependencies:
        if edge.upstream in outputs:
            newest = newest_upstream(links.link(asset, edge), outputs[edge.upstream].changed_seq, chosen, made)
            yield edge.upstream, (newest > read) & (made > 0)


def newest_upstream(
    link: Link, changed_seq: NDArray[np.int64], ordinals: Ordinals, made: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each downstream ordinal the greatest `changed_seq` among what it reads; 0 when it reads nothing.

    `made` (int64, one for each ordinal) is when it was made itself: what the same run made upstream is left out.
    """
    if link.same:
        return np.where(changed_seq[ordinals] == made, 0, changed_seq[ordinals])
    if link.constant is not None:
        return _newest_of_all(changed_seq[link.constant], made)
    parts = [
        _newest_of_rows(link, changed_seq, ordinals[at : at + _ROWS_AT_ONCE], made[at : at + _ROWS_AT_ONCE])
        for at in range(0, len(ordinals), _ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _newest_of_all(changed: NDArray[np.int64], made: NDArray[np.int64]) -> NDArray[np.int64]:
    """The newest of what every ordinal reads; the second newest where the same run made the newest."""
    newest = changed.max(initial=0)
    second = changed[changed != newest].max(initial=0)
    found: NDArray[np.int64] = np.where(made == newest, second, newest).astype(np.int64)
    return found


def _newest_of_rows(
    link: Link, changed_seq: NDArray[np.int64], ordinals: Ordinals, made: NDArray[np.int64]
) -> NDArray[np.int64]:
    rows = link.rows(ordinals)
    counts = np.diff(rows.offsets)
    newest = np.zeros(len(ordinals), dtype=np.int64)
    filled = counts > 0
    if filled.any():
        changed = changed_seq[rows.ordinals]
        changed = np.where(changed == np.repeat(made, counts), 0, changed)
        newest[filled] = np.maximum.reduceat(changed, rows.offsets[:-1][filled])
    return newest
