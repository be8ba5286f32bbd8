"""The worker's end of the line to the engine: messages in and out over what were stdin and stdout."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from threading import Lock
from time import monotonic

from rivers_core.location import messages
from rivers_core.location.framing import Message, Unpacker, pack
from rivers_core.steps.task import LogLine

READ_SIZE = 1 << 16
LOG_INTERVAL = 0.1  # seconds between messages with log lines
LOG_BATCH = 500  # lines that go at once, whenever they come


class EngineLink:
    """Sends messages from any thread, reads them in one.

    Log lines are collected for a moment; whatever else is sent takes those before it along, so that order holds.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = Lock()
        self._lines: list[LogLine] = []
        self._lines_sent = 0.0
        self._held = b""
        self._process = os.getpid()

    def received(self) -> Iterator[Message]:
        """Every message until the engine closes the line; blocks between them."""
        unpacker = Unpacker()
        while chunk := os.read(self._incoming, READ_SIZE):
            yield from unpacker.feed(chunk)

    def send(self, message: Message) -> None:
        packed = pack(message)
        with self._lock:
            self._write(packed)

    def hold(self, message: Message) -> None:
        """Send with the next message or `release`: two messages a run cost one call of the system."""
        packed = pack(message)
        with self._lock:
            self._held += self._packed_lines() + packed

    def release(self) -> None:
        """Send what is held back."""
        with self._lock:
            if self._held or self._lines:
                self._write(b"")

    def log(self, lines: list[LogLine]) -> None:
        """Send log lines soon; `release` sees to those that no other message follows."""
        with self._lock:
            self._lines += lines
            if len(self._lines) >= LOG_BATCH or monotonic() - self._lines_sent >= LOG_INTERVAL:
                self._write(b"")

    def _write(self, packed: bytes) -> None:
        if os.getpid() != self._process:  # a fork of user code must not speak for the worker
            return
        rest = memoryview(self._held + self._packed_lines() + packed)
        self._held = b""
        while rest:
            rest = rest[os.write(self._outgoing, rest) :]

    def _packed_lines(self) -> bytes:
        if not self._lines:
            return b""
        lines, self._lines = self._lines, []
        self._lines_sent = monotonic()
        return b"".join(pack(messages.write_log(number, of_run)) for number, of_run in _by_run(lines))


def _by_run(lines: Sequence[LogLine]) -> Iterator[tuple[int, list[LogLine]]]:
    at = 0
    while at < len(lines):
        number = lines[at].run_number
        end = at + 1
        while end < len(lines) and lines[end].run_number == number:
            end += 1
        yield number, list(lines[at:end])
        at = end
