"""Which outputs are out of date, for every partition of an asset at once."""

from __future__ import annotations

from collections.abc import Mapping
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

    `materialized_seq` and `changed_seq` (int64, 0 for never) are running numbers of the database; the second stands
    still when a new output equals the one before. `code_version` (uint16) is the id of the version, 0 for none.
    """

    materialized_seq: NDArray[np.int64]
    changed_seq: NDArray[np.int64]
    code_version: NDArray[np.uint16]


def stale_partitions(
    asset: AssetSpec,
    links: Links,
    outputs: Mapping[str, Outputs],
    version_ids: Mapping[str, int],
    among: Ordinals | None = None,
) -> NDArray[np.bool_]:
    """Whether each partition's output was made by other code than now, or before an upstream partition changed.

    One element for each of `among`, by default for every partition; one without an output is never stale.
    """
    own = outputs[asset.name]
    chosen = np.arange(len(own.materialized_seq), dtype=np.int64) if among is None else among
    made = own.materialized_seq[chosen]
    stale = np.zeros(len(chosen), dtype=bool)
    if asset.code_version is not None:
        stale |= own.code_version[chosen] != version_ids.get(asset.code_version, -1)
    for edge in asset.dependencies:
        if edge.upstream in outputs:
            newest = newest_upstream(links.link(asset, edge), outputs[edge.upstream].changed_seq, chosen)
            stale |= newest > made
    return stale & (made > 0)


def newest_upstream(link: Link, changed_seq: NDArray[np.int64], ordinals: Ordinals) -> NDArray[np.int64]:
    """For each downstream ordinal the greatest `changed_seq` among what it reads; 0 when it reads nothing."""
    if link.same:
        return changed_seq[ordinals]
    if link.constant is not None:
        newest = int(changed_seq[link.constant].max(initial=0))
        return np.full(len(ordinals), newest, dtype=np.int64)
    parts = [
        _newest_of_rows(link, changed_seq, ordinals[at : at + _ROWS_AT_ONCE])
        for at in range(0, len(ordinals), _ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _newest_of_rows(link: Link, changed_seq: NDArray[np.int64], ordinals: Ordinals) -> NDArray[np.int64]:
    rows = link.rows(ordinals)
    newest = np.zeros(len(ordinals), dtype=np.int64)
    filled = np.diff(rows.offsets) > 0
    if filled.any():
        newest[filled] = np.maximum.reduceat(changed_seq[rows.ordinals], rows.offsets[:-1][filled])
    return newest
