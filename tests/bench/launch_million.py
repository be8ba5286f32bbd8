"""Measures the launch of a backfill of 1,000,000 runs, whether memory stays flat while it runs, and its cancel."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from time import perf_counter, sleep, time

import psutil

from rivers_core.engine import Engine
from rivers_core.events import Event, RunsChanged
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import RunRecord
from rivers_core.states import BackfillState, RunState
from tests.bench.rows import Row, print_rows, row
from tests.bench.sample_project import project_in

_MILLION = 1_000_000
_WATCHED_SECONDS = 20.0
_WARM_SECONDS = 5.0


class _Watch:
    """Counts the ends of runs that the engine tells of, and keeps their records if asked to."""

    def __init__(self, *, keep: bool = False) -> None:
        self.ended = 0
        self.runs: dict[str, RunRecord] = {}
        self.first = threading.Event()
        self._keep = keep

    def take(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, RunsChanged):
                self.ended += sum(record.ended is not None for record in event.records)
                if self._keep:
                    self.runs.update((record.run_id, record) for record in event.records)
                self.first.set()


def measure() -> list[Row]:
    """Rows of name, value, unit and target."""
    with tempfile.TemporaryDirectory() as folder:
        project = project_in(Path(folder) / "project")
        with Engine.open(project, slots=2) as engine:
            engine.spec()
            return [*_million(engine), *_stuck(engine)]


def _million(engine: Engine) -> list[Row]:
    watch = _Watch()
    stop = engine.subscribe(watch.take)
    definition = engine.definition("million")
    assert definition is not None
    whole = Subset(((0, _MILLION),))
    request = BackfillRequest(selection=("million",), subset=whole, fingerprint=definition.fingerprint)
    begin = perf_counter()
    plan = engine.plan(request)
    planned = perf_counter() - begin
    process = psutil.Process()
    before = process.memory_info().rss
    begin = perf_counter()
    backfill = engine.launch(plan).backfill_id
    engine.start(backfill)
    watch.first.wait(60)
    first = perf_counter() - begin
    sleep(_WARM_SECONDS)
    warm, runs = process.memory_info().rss, watch.ended
    sleep(_WATCHED_SECONDS)
    grown, more = process.memory_info().rss - warm, watch.ended - runs
    stop()
    rows = [
        row("plan of 1,000,000 runs", planned, "s", "≤ 1"),
        row("launch of 1,000,000 runs, until the first is told to run", first, "s", "≤ 1"),
        row("memory taken by its launch and first runs", (warm - before) / 2**20, "MB"),
        row(f"memory grown over {more:,} runs more", grown / 2**20, "MB", "≤ 50"),
    ]
    return rows + _canceled(engine, backfill)


def _canceled(engine: Engine, backfill: str) -> list[Row]:
    """Cancel it while thousands of runs a second start: how soon it is told, and what starts after that."""
    watch = _Watch(keep=True)
    engine.subscribe(watch.take)
    begin = perf_counter()
    engine.cancel(backfill)
    shown, moment = perf_counter() - begin, time()
    engine.drain(60)
    over = perf_counter() - begin
    late = [run for run in watch.runs.values() if run.state is not RunState.CANCELED and (run.started or 0) > moment]
    assert engine.backfill(backfill).state is BackfillState.CANCELED
    return [
        row("cancel of 1,000,000 runs, until it is shown", shown, "s", "≤ 0.5"),
        row("cancel of 1,000,000 runs, until all is over", over, "s", "≤ 5"),
        row("runs that started after the cancel was shown", len(late), "runs", "≤ 0"),
    ]


def _stuck(engine: Engine) -> list[Row]:
    """A run that never looks up is killed with its process."""
    watch = _Watch()
    engine.subscribe(watch.take)
    backfill = engine.launch(engine.plan(BackfillRequest(selection=("stuck",)))).backfill_id
    engine.start(backfill)
    watch.first.wait(60)
    sleep(1.0)
    begin = perf_counter()
    engine.cancel(backfill)
    shown = perf_counter() - begin
    engine.drain(60)
    gone = perf_counter() - begin
    assert engine.backfill(backfill).state is BackfillState.CANCELED
    return [
        row("cancel of a stuck run, until it is shown", shown, "s", "≤ 0.5"),
        row("cancel of a stuck run, until it is gone", gone, "s", "≤ 5"),
    ]


if __name__ == "__main__":
    print_rows(measure())
