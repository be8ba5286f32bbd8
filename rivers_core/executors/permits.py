"""Counts how many runs hold each limited pool, over all executors of a process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Condition


class PoolPermits:
    """`limits` says how many runs may hold a pool at a time; `changed` is notified when one lets go."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = dict(limits)
        self._held: Counter[str] = Counter()
        self.changed = Condition()

    def take(self, pools: frozenset[str]) -> bool:
        """Hold all these pools if every one of them has room; `changed` is held by the caller."""
        if any(self._held[pool] >= self._limits[pool] for pool in pools):
            return False
        self._held.update(pools)
        return True

    def give_back(self, pools: frozenset[str]) -> None:
        """Let go of pools; `changed` is held by the caller."""
        self._held.subtract(pools)
        self.changed.notify_all()
