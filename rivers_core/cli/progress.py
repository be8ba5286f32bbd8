"""Runs a stored backfill from the command line: live progress on standard error, Ctrl+C cancels it."""

from __future__ import annotations

import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from rivers_core.engine import Engine
from rivers_core.events import BackfillChanged, BackfillEnded, BackfillWarned, Event
from rivers_core.exceptions import RiversError
from rivers_core.records import BackfillRecord

_News = BackfillChanged | BackfillEnded | BackfillWarned


def drive(engine: Engine, record: BackfillRecord) -> BackfillRecord:
    """Run the backfill to its end and return its last record.

    The first Ctrl+C cancels it, which keeps what is done; a second one leaves it interrupted, to be resumed.
    """
    news: queue.SimpleQueue[_News] = queue.SimpleQueue()
    unsubscribe = engine.subscribe(lambda events: _pass_on(events, record.backfill_id, news))
    try:
        engine.start(record.backfill_id)
        with _bar(record) as shown:
            try:
                return _follow(engine, record, news, shown)
            except (KeyboardInterrupt, SystemExit):
                shown.say(f"Backfill {record.backfill_id} is left interrupted; `rivers-core resume` goes on with it.")
                raise
    finally:
        unsubscribe()


def _pass_on(events: list[Event], backfill_id: str, news: queue.SimpleQueue[_News]) -> None:
    for event in events:
        match event:
            case BackfillChanged() | BackfillEnded() if event.record.backfill_id == backfill_id:
                news.put(event)
            case BackfillWarned() if event.backfill_id == backfill_id:
                news.put(event)
            case _:
                continue  # runs, cells and logs are asked for with other commands


class _Shown:
    """The bar of one backfill."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def update(self, record: BackfillRecord) -> None:
        done = record.completed + record.failed + record.canceled
        failed = f"{record.failed:,} failed" if record.failed else ""
        self._progress.update(
            self._task, completed=done, total=record.total_partitions, state=str(record.state), failed=failed
        )

    def say(self, message: str) -> None:
        self._progress.console.print(message, markup=False, highlight=False)


@contextmanager
def _bar(record: BackfillRecord) -> Iterator[_Shown]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description} {task.fields[state]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[red]{task.fields[failed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(
            f"Backfill {record.backfill_id}", total=record.total_partitions, state=str(record.state), failed=""
        )
        yield _Shown(progress, task)


def _follow(engine: Engine, record: BackfillRecord, news: queue.SimpleQueue[_News], shown: _Shown) -> BackfillRecord:
    interrupts = 0
    while True:
        try:
            event = _next(news)
            match event:
                case BackfillEnded():
                    return event.record
                case BackfillChanged():
                    shown.update(event.record)
                case BackfillWarned():
                    shown.say(f"Warning: {event.message}")
                case None:
                    if not engine.is_driven(record.backfill_id) and news.empty():
                        return engine.backfill(record.backfill_id)
        except KeyboardInterrupt:
            interrupts += 1
            if interrupts > 1:
                raise
            shown.say("Canceling; press Ctrl+C again to leave it interrupted.")
            _cancel(engine, record.backfill_id, shown)


def _next(news: queue.SimpleQueue[_News]) -> _News | None:
    """The next event, or None after a second without one: long enough to cost nothing."""
    try:
        return news.get(timeout=1.0)
    except queue.Empty:
        return None


def _cancel(engine: Engine, backfill_id: str, shown: _Shown) -> None:
    try:
        engine.cancel(backfill_id)
    except RiversError as error:
        shown.say(str(error))
