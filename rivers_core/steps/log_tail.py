"""The last lines of a log that is too long to keep, at next to no cost for those that are dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that came at once; the lines are as printed, neither masked nor cut."""

    time: float
    level: str
    source: str
    step: str
    lines: Sequence[str]
    size: int


class LogTail:
    """Keeps at least the last `lines` lines or `size` characters, whichever is less, and not much more."""

    def __init__(self, lines: int, size: int) -> None:
        self._lines = lines
        self._size = size
        self._blocks: deque[Block] = deque()
        self._kept_lines = 0
        self._kept_size = 0
        self._dropped = 0

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def add(self, time: float, level: str, source: str, step: str, lines: Sequence[str]) -> None:
        """Take lines at the end, and drop whole blocks at the beginning that are no longer needed."""
        if not lines:
            return
        if len(lines) > self._lines:
            self._dropped += len(lines) - self._lines
            lines = lines[-self._lines :]
        block = Block(time, level, source, step, lines, sum(map(len, lines)))
        self._blocks.append(block)
        self._kept_lines += len(lines)
        self._kept_size += block.size
        while len(self._blocks) > 1 and self._can_do_without(self._blocks[0]):
            self._dropped += len(self._drop_first().lines)

    def take(self) -> tuple[int, list[tuple[Block, str]]]:
        """How many lines were dropped, and those that are left with the block they came in; both begin anew."""
        left = [(block, line) for block in self._blocks for line in block.lines]
        size = sum(len(line) for _, line in left)
        at = max(0, len(left) - self._lines)
        size -= sum(len(line) for _, line in left[:at])
        while size > self._size and at < len(left) - 1:
            size -= len(left[at][1])
            at += 1
        dropped = self._dropped + at
        self._blocks.clear()
        self._kept_lines = self._kept_size = self._dropped = 0
        return dropped, left[at:]

    def _can_do_without(self, block: Block) -> bool:
        return self._kept_lines - len(block.lines) >= self._lines or self._kept_size - block.size >= self._size

    def _drop_first(self) -> Block:
        block = self._blocks.popleft()
        self._kept_lines -= len(block.lines)
        self._kept_size -= block.size
        return block
