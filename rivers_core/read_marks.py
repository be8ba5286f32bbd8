"""Remembers how far the outputs in the database went when each run began, and so what it can have read."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import NamedTuple

LOOK_SECONDS = 0.01  # looks closer to each other than this tell nothing worth their time
_KEPT_LOOKS = 1_024


class _Look(NamedTuple):
    time: float  # seconds since the epoch, as runs tell when they began
    sequence: int


class ReadMarks:
    """The marks of the runs that are out, used by the thread that drives them.

    A mark is a sequence number of the database: every output up to it was there when the run began. An output
    that is younger may or may not have been read, so it counts as not read.
    """

    def __init__(self, sequence: Callable[[], int], clock: Callable[[], float] = time.time) -> None:
        """`sequence` reads the number of the last output in the database, by whatever process."""
        self._sequence = sequence
        self._clock = clock
        self._looks: list[_Look] = []
        self._looked = float("-inf")
        self._marks: dict[int, int] = {}

    def look(self, *, afresh: bool = False) -> None:
        """See what is in the database, if that was not seen a moment ago or is to be seen `afresh`."""
        now = time.monotonic()
        if not afresh and now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        look = _Look(sequence=self._sequence(), time=self._clock())
        if self._looks and look.time < self._looks[-1].time:  # the clock was set back
            self._looks.clear()
        if not self._looks or look.sequence != self._looks[-1].sequence:
            self._looks.append(look)
            del self._looks[:-_KEPT_LOOKS]

    def hand_out(self, run_numbers: Iterable[int]) -> None:
        """These runs may begin from now on."""
        self.look()
        self._marks.update(dict.fromkeys(run_numbers, self._looks[-1].sequence))

    def begin(self, run_number: int, at: float) -> None:
        """A run that waited for a worker began `at` this time: it reads what came until then as well."""
        handed_out = self._marks.get(run_number)
        place = bisect_right(self._looks, at, key=lambda look: look.time)
        if handed_out is not None and place:
            self._marks[run_number] = max(handed_out, self._looks[place - 1].sequence)

    def take(self, run_number: int) -> int | None:
        """The mark of a run that ended; None of one that never was handed out."""
        return self._marks.pop(run_number, None)
