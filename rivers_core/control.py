"""What others ask of a backfill while it is driven: to stop, to wait, to go on, to do more or fewer runs at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Orders:
    """What is wanted now. `interrupted`: leave it resumable; `failure`: its results can no longer be recorded.

    `code` is a number that changes when other code was accepted for the runs that are left.
    """

    max_concurrency: int
    canceled: bool = False
    paused: bool = False
    interrupted: bool = False
    code: int = 0
    failure: Exception | None = None

    @property
    def must_stop(self) -> bool:
        return self.canceled or self.interrupted or self.failure is not None


class Control:
    """The orders of one driven backfill: given by any thread, obeyed by the one that drives it."""

    def __init__(self, max_concurrency: int, *, paused: bool = False) -> None:
        self._orders = Orders(max_concurrency, paused=paused)
        self._changed = threading.Condition()
        self._obeyed: Orders | None = None
        self._ended = False
        self._waker: Callable[[], None] = lambda: None

    @property
    def orders(self) -> Orders:
        return self._orders

    def cancel(self) -> None:
        self._give(canceled=True)

    def pause(self) -> None:
        self._give(paused=True)

    def resume(self, *, with_new_code: bool = False) -> None:
        self._give(paused=False, code=self._orders.code + with_new_code)

    def set_max_concurrency(self, runs: int) -> None:
        self._give(max_concurrency=runs)

    def interrupt(self) -> None:
        self._give(interrupted=True)

    def fail(self, error: Exception) -> None:
        self._give(failure=error)

    def wake_by(self, waker: Callable[[], None]) -> None:
        """Call `waker` on every new order, from the thread that gives it."""
        self._waker = waker

    def obeyed(self, orders: Orders) -> None:
        """Said by the driving thread once these orders are carried out as far as they can be at once."""
        with self._changed:
            self._obeyed = orders
            self._changed.notify_all()

    def ended(self) -> None:
        """Said by the driving thread at the end: nobody has to wait for it any more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_until_obeyed(self, timeout: float) -> bool:
        """Wait until the driving thread has seen the present orders, or has ended."""
        with self._changed:
            return self._changed.wait_for(lambda: self._ended or self._obeyed is self._orders, timeout)

    def wait_for_orders(self, known: Orders, timeout: float) -> None:
        """Wait until the orders are no longer these; for the driving thread when nothing is under way."""
        with self._changed:
            self._changed.wait_for(lambda: self._orders is not known, timeout)

    def _give(self, **orders: bool | int | Exception) -> None:
        with self._changed:
            self._orders = replace(self._orders, **orders)  # type: ignore[arg-type]  # the callers above match them
            self._changed.notify_all()
        self._waker()
