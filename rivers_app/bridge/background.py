"""The app's one idiom for blocking calls: await them off the GUI thread, then show the answer or the error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import partial
from typing import Any, Final, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt

T = TypeVar("T")
ErrorShown = Callable[[Exception], None]


class Lane(Enum):
    """Calls wait for others of their lane only, so that a slow plan holds up neither a list nor a cancel."""

    QUESTION = "question"
    PLAN = "plan"
    COMMAND = "command"
    INSTALL = "install"


_THREADS: Final = {Lane.QUESTION: 4, Lane.PLAN: 2, Lane.COMMAND: 2, Lane.INSTALL: 1}


class Background:
    """A bounded pool of threads for each lane; whoever made it closes it."""

    def __init__(self) -> None:
        self._pools = {
            lane: ThreadPoolExecutor(threads, thread_name_prefix=f"rivers-{lane.value}")
            for lane, threads in _THREADS.items()
        }

    async def __call__(
        self,
        call: Callable[..., T],  # a ParamSpec would leave no keyword for the lane
        *args: Any,  # what the call takes
        lane: Lane = Lane.QUESTION,
        **kwargs: Any,  # what the call takes
    ) -> T:
        """What `call(*args, **kwargs)` gives back or raises, from a thread of the lane."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pools[lane], partial(call, *args, **kwargs))

    def hand_over(self, call: Callable[[], None], *, lane: Lane = Lane.COMMAND) -> None:
        """Have it called some time soon; nobody waits for it."""
        self._pools[lane].submit(call)

    def close(self) -> None:
        """Wait for the calls that run and drop those that have not begun."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)


class Tasks:
    """Coroutines started from slots: each belongs to a Qt object and ends with it; no error is lost.

    `on_error` is told what a coroutine raised unless its start named someone else.
    """

    def __init__(self, on_error: ErrorShown) -> None:
        self._on_error = on_error
        self._tasks: dict[asyncio.Task[None], tuple[int, str | None]] = {}
        self._watched: set[int] = set()

    def start(
        self,
        owner: QObject,
        coroutine: Coroutine[Any, Any, object],  # whatever the coroutine gives back is not used
        *,
        key: str | None = None,
        on_error: ErrorShown | None = None,
    ) -> asyncio.Task[None]:
        """Run the coroutine; an earlier one of the same owner and key is canceled, its answer being out of date."""
        identity = id(owner)
        if key is not None:
            self._cancel(lambda held: held == (identity, key))
        self._watch(owner, identity)
        task = asyncio.ensure_future(self._guarded(coroutine, owner, on_error or self._on_error))
        self._tasks[task] = (identity, key)
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
        task.add_done_callback(lambda _done: coroutine.close())  # one that was canceled before its first step
        return task

    def cancel_all(self) -> None:
        self._cancel(lambda _: True)

    def _watch(self, owner: QObject, identity: int) -> None:
        if identity in self._watched:
            return
        self._watched.add(identity)
        owner.destroyed.connect(partial(self._on_owner_destroyed, identity), Qt.ConnectionType.DirectConnection)

    def _on_owner_destroyed(self, identity: int, _owner: QObject | None = None) -> None:
        self._watched.discard(identity)
        self._cancel(lambda held: held[0] == identity)

    def _cancel(self, matches: Callable[[tuple[int, str | None]], bool]) -> None:
        for task, held in list(self._tasks.items()):
            if matches(held):
                task.cancel()

    async def _guarded(
        self,
        coroutine: Coroutine[Any, Any, object],  # as in start
        owner: QObject,
        on_error: ErrorShown,
    ) -> None:
        try:
            await coroutine
        except Exception as error:  # noqa: BLE001 - shown to the person, and logged if it is a bug
            if shiboken6.isValid(owner):
                on_error(error)
