"""What a worker still has to do, in order; what has not been begun can be taken out again."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from threading import Condition
from typing import Any, TypeAlias

from rivers_core.steps.scope import RunScope


@dataclass(frozen=True, slots=True)
class Hello:
    """The settings that come first."""

    settings: dict[str, Any]


@dataclass(slots=True)
class WorkerSession:
    """What all runs of one executor have in common; the scope is made when the first of them runs."""

    grids: dict[str, Any]
    templates: list[dict[str, Any]]
    scope: RunScope | None = None


@dataclass(frozen=True, slots=True)
class RunOrdered:
    session: WorkerSession
    number: int
    template: int
    ranges: list[list[int]]


@dataclass(frozen=True, slots=True)
class Question:
    ticket: int
    question: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goodbye:
    pass


Work: TypeAlias = Hello | RunOrdered | Question | Goodbye


class Inbox:
    """Filled by the thread that listens to the engine, emptied by the one that runs user code."""

    def __init__(self) -> None:
        self._work: deque[Work] = deque()
        self._arrived = Condition()

    def put(self, *work: Work) -> None:
        with self._arrived:
            self._work.extend(work)
            self._arrived.notify()

    def take(self) -> Work:
        """The next thing to do; waits for one."""
        with self._arrived:
            while not self._work:
                self._arrived.wait()
            return self._work.popleft()

    @property
    def is_empty(self) -> bool:
        return not self._work

    def take_out(self, numbers: Collection[int]) -> list[int]:
        """Drop those of these runs that have not begun; their numbers."""
        wanted = set(numbers)
        with self._arrived:
            dropped = [work.number for work in self._work if isinstance(work, RunOrdered) and work.number in wanted]
            gone = set(dropped)
            self._work = deque(
                work for work in self._work if not (isinstance(work, RunOrdered) and work.number in gone)
            )
        return dropped

    def clear(self) -> None:
        """Drop everything that has not begun."""
        with self._arrived:
            self._work.clear()
