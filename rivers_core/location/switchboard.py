"""Carries bytes between the engine and its workers without ever waiting for a single one of them."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

READ_SIZE = 1 << 18


class Line(ABC):
    """The engine's end of the two pipes of one worker."""

    @abstractmethod
    def send(self, packed: bytes) -> None:
        """Send bytes now or as soon as the worker reads; what a dead worker no longer reads is dropped."""

    @abstractmethod
    def close(self) -> None:
        """Close both pipes."""


class Switchboard(ABC):
    """All lines of one dispatcher; everything but `wake` is for its thread."""

    @abstractmethod
    def connect(self, process: subprocess.Popen[bytes]) -> Line:
        """The line to a process that was started with pipes."""

    @abstractmethod
    def wait(self, timeout: float | None) -> list[tuple[Line, bytes]]:
        """What arrived, b"" where a worker closed its end; waits for it, or `wake`, or `timeout` seconds."""

    @abstractmethod
    def wake(self) -> None:
        """End a `wait` early; any thread may call it."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back; the lines are closed before."""


def new_switchboard() -> Switchboard:
    """The kind that fits this system: Windows cannot wait for several pipes at once."""
    return ThreadSwitchboard() if sys.platform == "win32" else SelectorSwitchboard()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


class SelectorLine(Line):
    def __init__(self, selector: selectors.BaseSelector, process: subprocess.Popen[bytes]) -> None:
        self._selector = selector
        self._to_worker, self._from_worker = _pipes(process)
        self._unsent = bytearray()
        os.set_blocking(self._to_worker.fileno(), False)
        selector.register(self._from_worker, selectors.EVENT_READ, self)

    def send(self, packed: bytes) -> None:
        if self._to_worker.closed:
            return
        was_empty = not self._unsent
        self._unsent += packed
        if was_empty:
            self.flush()
            if self._unsent:
                self._selector.register(self._to_worker, selectors.EVENT_WRITE, self)

    def flush(self) -> None:
        """Write as much as the pipe takes."""
        try:
            while self._unsent:
                del self._unsent[: os.write(self._to_worker.fileno(), self._unsent)]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent.clear()  # its end of the other pipe tells the rest

    def on_ready(self, events: int) -> bytes | None:
        """Write if there is room again; the bytes that arrived, b"" at the end, None if it was not about reading."""
        if events & selectors.EVENT_WRITE:
            self.flush()
            if not self._unsent:
                self._selector.unregister(self._to_worker)
            return None
        chunk = os.read(self._from_worker.fileno(), READ_SIZE)
        if not chunk:
            self._selector.unregister(self._from_worker)
        return chunk

    def close(self) -> None:
        for pipe in (self._from_worker, self._to_worker):
            with suppress(KeyError, ValueError):
                self._selector.unregister(pipe)
            pipe.close()


class SelectorSwitchboard(Switchboard):
    """For systems that can wait for many pipes at once."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def connect(self, process: subprocess.Popen[bytes]) -> Line:
        return SelectorLine(self._selector, process)

    def wait(self, timeout: float | None) -> list[tuple[Line, bytes]]:
        arrived: list[tuple[Line, bytes]] = []
        for key, events in self._selector.select(timeout):
            if key.data is None:
                self._swallow_wakes()
            elif (chunk := key.data.on_ready(events)) is not None:
                arrived.append((key.data, chunk))
        return arrived

    def wake(self) -> None:
        with suppress(BlockingIOError):  # a full pipe wakes as well
            os.write(self._wake_write, b"\0")

    def close(self) -> None:
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _swallow_wakes(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._wake_read, 4096):
                pass


class ThreadLine(Line):
    def __init__(self, process: subprocess.Popen[bytes], arrived: SimpleQueue[tuple[Line, bytes] | None]) -> None:
        self._to_worker, self._from_worker = _pipes(process)
        self._arrived = arrived
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._read, name=f"read worker {process.pid}", daemon=True),
            Thread(target=self._write, name=f"write worker {process.pid}", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(self, packed: bytes) -> None:
        self._outbox.put(packed)

    def close(self) -> None:
        """The process has ended by now, so both threads find their pipes closed."""
        self._outbox.put(None)
        for thread in self._threads:
            thread.join()
        self._from_worker.close()

    def _read(self) -> None:
        chunk = b"-"
        while chunk:
            chunk = os.read(self._from_worker.fileno(), READ_SIZE)
            self._arrived.put((self, chunk))

    def _write(self) -> None:
        with suppress(OSError), self._to_worker:
            while packed := self._outbox.get():
                rest = memoryview(packed)
                while rest:
                    rest = rest[os.write(self._to_worker.fileno(), rest) :]


class ThreadSwitchboard(Switchboard):
    """For systems that can wait for one pipe at a time: two threads a worker."""

    def __init__(self) -> None:
        self._arrived: SimpleQueue[tuple[Line, bytes] | None] = SimpleQueue()

    def connect(self, process: subprocess.Popen[bytes]) -> Line:
        return ThreadLine(process, self._arrived)

    def wait(self, timeout: float | None) -> list[tuple[Line, bytes]]:
        arrived: list[tuple[Line, bytes]] = []
        try:
            item = self._arrived.get(timeout=timeout)
            while True:
                if item is not None:
                    arrived.append(item)
                item = self._arrived.get_nowait()
        except Empty:
            return arrived

    def wake(self) -> None:
        self._arrived.put(None)

    def close(self) -> None:
        return
