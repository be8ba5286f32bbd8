"""Notes when something that an asset reads changed, to know which outputs may have missed it while they were made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from rivers_core.planning.links import Links
from rivers_core.records import RunRecord


class Meanwhile:
    """Used by one thread at a time. It only says where looking is worthwhile: the marks of outputs decide."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._changed_above: dict[str, float] = {}
        self._began: dict[str, float] = {}

    def take_in(self, records: Iterable[RunRecord], links: Links) -> None:
        """What runs of one commit did. A run that computes an asset and its reader hands the new value over itself."""
        self._began.clear()
        ended = [record for record in records if record.ended is not None]
        for assets in {record.assets for record in ended}:
            for name in assets:
                self._note_change(name, assets, links)
        for record in ended:
            for name in record.assets:
                self._began[name] = min(record.started or 0.0, self._began.get(name, float("inf")))

    def changed_elsewhere(self, asset: str, links: Links) -> None:
        """Another process changed what is stored of an asset."""
        self._note_change(asset, (), links)

    def may_have_missed(self, asset: str) -> bool:
        """Whether something the asset reads changed since the first of its runs in this commit began."""
        return self._changed_above.get(asset, 0.0) >= self._began.get(asset, float("inf"))

    def _note_change(self, asset: str, together: tuple[str, ...], links: Links) -> None:
        for reader, _ in links.below(asset):
            if reader.name not in together:
                self._changed_above[reader.name] = self._clock()
