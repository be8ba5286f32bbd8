"""Reads the lines that runs of other processes write to their logs, as they come."""

from __future__ import annotations

from collections.abc import Collection

from rivers_core.records import LogRecord, parse_run_id
from rivers_core.storage.log_store import LogStore

_MOST_LINES = 1_000  # of a run at one look; a run that writes faster is caught up with when it rests


class LogFollowing:
    """Knows of each run under way elsewhere which line was read last; used by one thread."""

    def __init__(self, logs: LogStore) -> None:
        self._logs = logs
        self._last: dict[int, int] = {}

    def begin(self, running: Collection[str]) -> None:
        """These runs were under way before anybody could listen: what they wrote so far is no news."""
        for number in map(parse_run_id, running):
            self._last[number] = self._logs.count(number) - 1

    def look(self, running: Collection[str]) -> list[LogRecord]:
        """What these runs have written since the last look, and those that were under way then."""
        under_way = {parse_run_id(run_id) for run_id in running}
        for number in under_way - self._last.keys():
            self._last[number] = -1
        found = [line for number in self._with_news() for line in self._read(number)]
        for number in self._last.keys() - under_way:
            del self._last[number]
        return found

    def _with_news(self) -> list[int]:
        counts = self._logs.counts(self._last.keys())
        return [number for number, last in self._last.items() if counts.get(number, 0) > last + 1]

    def _read(self, number: int) -> tuple[LogRecord, ...]:
        lines = self._logs.lines(number, after=self._last[number], limit=_MOST_LINES)
        if lines:
            self._last[number] = lines[-1].number
        return lines
