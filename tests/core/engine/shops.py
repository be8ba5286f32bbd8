"""Assets for the tests of running things: a shop's days, and gates that hold runs until a test lets them go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import rivers_core as rs
from rivers_core.engine import Engine
from rivers_core.events import BackfillChanged, Event
from rivers_core.records import BackfillRecord

JUNE = rs.PartitionsDefinition.daily(datetime(2024, 6, 1), datetime(2024, 7, 1))
STORES = rs.PartitionsDefinition.static_(["oslo", "bergen", "tromso"])
SALES = rs.PartitionsDefinition.multi({"day": JUNE, "store": STORES})
MONTHS = rs.PartitionsDefinition.monthly(datetime(2024, 1, 1), datetime(2025, 1, 1))
PATIENCE = 90.0


def days(first: int, last: int) -> rs.PartitionKeyRange:
    """Days of June 2024."""
    return rs.PartitionKeyRange.single(day(first), day(last))


def day(number: int) -> str:
    return f"2024-06-{number:02}"


def key(text: str) -> rs.PartitionKey:
    return rs.PartitionKey.parse(text)


@contextmanager
def seen(engine: Engine, condition: Callable[[BackfillRecord], bool]) -> Iterator[None]:
    """At its end waits until a record of a backfill that met the condition was told of since the beginning."""
    met = threading.Event()

    def listen(events: list[Event]) -> None:
        if any(isinstance(event, BackfillChanged) and condition(event.record) for event in events):
            met.set()

    unsubscribe = engine.subscribe(listen)
    try:
        yield
        assert met.wait(PATIENCE)
    finally:
        unsubscribe()


def wait_until(condition: Callable[[], object]) -> None:
    """For what nobody tells of: look again and again."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


class Calls:
    """Remembers what an asset was called with, and can make it fail."""

    def __init__(self) -> None:
        self.keys: list[list[str]] = []
        self.failing: set[str] = set()
        self._lock = threading.Lock()

    def asset(self, name: str = "orders", definition: Any = JUNE, **given: Any) -> rs.Asset:
        """An asset that notes the keys of each call, in one list a call."""

        @rs.Asset(name=name, partitions_def=definition, **given)
        def noted(context: rs.AssetExecutionContext) -> int:
            keys = [str(one) for one in context.partition.keys]
            with self._lock:
                self.keys.append(keys)
            if broken := self.failing.intersection(keys):
                raise ValueError(f"no orders on {sorted(broken)[0]}")
            return len(keys)

        return noted

    @property
    def flat(self) -> list[str]:
        return sorted(one for keys in self.keys for one in keys)


class Gate:
    """Holds the runs of an asset until `open`; `count` of them have come so far."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = False
        self._let_go = 0
        self.arrived: list[str] = []
        self.within = 0
        self.most_within = 0

    def asset(self, name: str = "orders", definition: Any = JUNE, **given: Any) -> rs.Asset:
        @rs.Asset(name=name, partitions_def=definition, **given)
        def gated(context: rs.AssetExecutionContext) -> int:
            self.pass_through(context)
            return 1

        return gated

    def pass_through(self, context: rs.AssetExecutionContext) -> None:
        with self._changed:
            self.arrived.append(context.partition_key)
            self.within += 1
            self.most_within = max(self.most_within, self.within)
            self._changed.notify_all()
            try:
                assert self._changed.wait_for(lambda: self._open or self._let_go or context.canceled, PATIENCE)
                self._let_go = max(self._let_go - 1, 0)
            finally:
                self.within -= 1

    def open(self) -> None:
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def let_one_go(self) -> None:
        """One of the runs that are held, and no other."""
        with self._changed:
            self._let_go += 1
            self._changed.notify_all()

    def wake(self) -> None:
        """Let runs look whether they were canceled."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until that many runs have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.arrived) >= count, PATIENCE)
