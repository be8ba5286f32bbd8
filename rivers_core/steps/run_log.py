"""The log of one run: bounded, in order, with secrets masked, whoever writes into it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import TypeAlias

from rivers_core.steps.log_tail import LogTail
from rivers_core.steps.task import LogLine

Emit: TypeAlias = Callable[[list[LogLine]], None]
Mask: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class LogBounds:
    """How much of a log is kept: its beginning, told as it comes, and its end, told when the run ends.

    Sizes are characters.
    """

    head_lines: int = 5_000
    head_size: int = 1_000_000
    tail_lines: int = 2_000
    tail_size: int = 500_000
    line_size: int = 8_000


class RunLog:
    """Takes lines from any thread and hands on those that are kept; nothing after `close`.

    `step` is the step that lines without one belong to.
    """

    def __init__(self, run_number: int, emit: Emit, bounds: LogBounds | None = None) -> None:
        self.run_number = run_number
        self.step = ""
        self._emit = emit
        self._bounds = bounds or LogBounds()
        self._secrets: tuple[str, ...] = ()
        self._lock = RLock()
        self._head_lines = 0
        self._head_size = 0
        self._tail = LogTail(self._bounds.tail_lines, self._bounds.tail_size)
        self._unfinished: dict[str, str] = {}
        self._closed = False

    def hide(self, secrets: Sequence[str]) -> None:
        """From now on these texts are shown as asterisks; the longest first, as one may hold another."""
        known = {*self._secrets, *(secret for secret in secrets if secret)}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def mask(self, text: str) -> str:
        """`text` with every hidden text in it covered."""
        for secret in self._secrets:
            text = text.replace(secret, "**********")
        return text

    def add(self, level: str, source: str, text: str, *, step: str | None = None, at: float | None = None) -> None:
        """Add lines; `text` may hold several."""
        self._add_lines(level, source, text.splitlines() or [""], step, at)

    def sink(self, level: str, text: str) -> None:
        """Add what `context.log` was told."""
        self.add(level, "log", text)

    def write(self, source: str, text: str) -> None:
        """Add printed text, which need not end where a line does."""
        with self._lock:
            text = self._unfinished.pop(source, "") + text
            *whole, rest = text.split("\n")
            if len(rest) > self._bounds.line_size:
                whole.append(rest)
            elif rest:
                self._unfinished[source] = rest
            self._add_lines(_level_of(source), source, whole)

    def flush(self) -> None:
        """Hand on everything that is held back: unfinished lines, and the end of a log that is too long."""
        with self._lock:
            for source, text in list(self._unfinished.items()):
                del self._unfinished[source]
                self._add_lines(_level_of(source), source, [text])
            self._hand_on_tail()

    def close(self) -> None:
        """Flush, and take nothing more."""
        if not self._head_lines and not self._unfinished:  # most runs say nothing
            self._closed = True
            return
        with self._lock:
            self.flush()
            self._closed = True

    def _add_lines(
        self, level: str, source: str, lines: Sequence[str], step: str | None = None, at: float | None = None
    ) -> None:
        moment = time.time() if at is None else at
        name = self.step if step is None else step
        with self._lock:
            if self._closed:
                return
            for position, line in enumerate(lines):
                if not self._head_has_room():
                    self._tail.add(moment, level, source, name, lines[position:])
                    return
                self._head_lines += 1
                self._head_size += len(line)
                self._emit([self._line(moment, level, source, name, line)])

    def _head_has_room(self) -> bool:
        bounds = self._bounds
        return not self._tail and self._head_lines < bounds.head_lines and self._head_size < bounds.head_size

    def _hand_on_tail(self) -> None:
        if not self._tail:
            return
        left_out, kept = self._tail.take()
        lines = [self._line(block.time, block.level, block.source, block.step, text) for block, text in kept]
        if left_out:
            lines.insert(0, self._gap(left_out, lines[0]))
        self._emit(lines)

    def _line(self, moment: float, level: str, source: str, step: str, text: str) -> LogLine:
        return LogLine(self.run_number, moment, level, source, step, self._fitting(_as_shown(text)))

    def _gap(self, left_out: int, following: LogLine) -> LogLine:
        text = f"{left_out:,} lines were left out here: this run printed more than is kept of one run."
        return LogLine(self.run_number, following.time, "warning", "rivers", following.step, text)

    def _fitting(self, line: str) -> str:
        line = self.mask(line)
        excess = len(line) - self._bounds.line_size
        return line if excess <= 0 else f"{line[: self._bounds.line_size]} … ({excess:,} more characters)"


def _as_shown(line: str) -> str:
    """What a terminal shows of a line that was written over, as progress bars do."""
    return line.rstrip("\r").rpartition("\r")[2]


def _level_of(source: str) -> str:
    return "error" if source == "stderr" else "info"
