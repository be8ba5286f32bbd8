"""An open project: it loads, launches, tells what happens, and leaves nothing behind when it is closed."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession, open_session
from rivers_app.shell import Shell
from rivers_core.engine import Engine
from rivers_core.exceptions import CodeLocationError, ExecutionError, ProjectError
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import BackfillRecord
from rivers_core.states import BackfillState, PartitionState
from rivers_core.waiting import never_waiting
from tests.app.conftest import Run

ALL_DAYS = BackfillRequest(selection=("daily",), all_partitions=True)


def launched(session: ProjectSession, shell: Shell, run: Run[Any], request: BackfillRequest = ALL_DAYS) -> str:
    plan = run(shell.background(session.engine.plan, request))
    record: BackfillRecord = run(session.launch(plan))
    return record.backfill_id


def test_an_open_project_knows_its_assets(session: ProjectSession) -> None:
    assert session.spec is not None
    assert {asset.name for asset in session.spec.assets} == {"daily", "doubled", "constant"}
    assert session.name == "numbers"
    assert not session.is_busy


def test_a_launched_backfill_runs_in_a_thread_and_tells_its_end_once(
    qtbot: QtBot, shell: Shell, session: ProjectSession, run: Run[Any]
) -> None:
    ended: list[BackfillRecord] = []
    cells: dict[int, int] = {}
    session.backfill_ended.connect(ended.append)
    session.partitions_changed.connect(
        lambda event: (
            cells.update(zip(event.ordinals.tolist(), event.states.tolist(), strict=True))
            if event.asset == "daily"
            else None
        )
    )
    backfill_id = launched(session, shell, run)
    assert session.is_busy
    qtbot.waitUntil(lambda: bool(ended) and not session.is_busy, timeout=30_000)
    assert [(record.backfill_id, record.completed, record.failed) for record in ended] == [(backfill_id, 9, 1)]
    assert backfill_id not in session.backfills
    assert cells == {at: PartitionState.FAILED if at == 3 else PartitionState.COMPLETED for at in range(10)}


def test_backfills_beyond_those_allowed_at_once_wait_their_turn(
    qtbot: QtBot, shell: Shell, session: ProjectSession, run: Run[Any]
) -> None:
    session.threads.set_at_once(0)
    order: list[str] = []
    running: list[int] = []
    session.threads.started.connect(order.append)
    session.threads.started.connect(lambda _id: running.append(len(session.threads.running)))
    requests = (ALL_DAYS, *[BackfillRequest(selection=("constant",))] * 2)
    launched_ids = [launched(session, shell, run, request) for request in requests]
    assert all(session.is_waiting(backfill_id) for backfill_id in launched_ids)
    session.threads.set_at_once(1)
    qtbot.waitUntil(lambda: not session.is_busy, timeout=30_000)
    assert order == launched_ids
    assert running == [1, 1, 1]


def test_canceling_a_backfill_that_waits_takes_it_out_of_the_line(
    qtbot: QtBot, shell: Shell, session: ProjectSession, run: Run[Any]
) -> None:
    session.threads.set_at_once(0)
    backfill_id = launched(session, shell, run)
    assert session.is_waiting(backfill_id)
    record = run(session.cancel(backfill_id))
    assert record.state is BackfillState.CANCELED
    assert not session.is_busy


def test_closing_goes_on_when_who_asked_is_canceled_and_whoever_asks_again_waits_for_its_end(
    shell: Shell, session: ProjectSession, run: Run[Any]
) -> None:
    async def close_twice() -> None:
        first = asyncio.ensure_future(session.close())
        await asyncio.sleep(0)
        first.cancel()
        await session.close()

    run(close_twice())
    with pytest.raises(ExecutionError, match="closed"):
        run(shell.background(session.engine.reload))


def test_a_project_that_opened_when_nobody_wanted_it_any_more_is_closed_again(
    qtbot: QtBot, shell: Shell, project: Path, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[Engine] = []
    is_opening, may_open = Event(), Event()
    really_open = Engine.open

    def open_slowly(*args: Any, **kwargs: Any) -> Engine:
        is_opening.set()
        may_open.wait()
        engines.append(really_open(*args, **kwargs))
        return engines[0]

    monkeypatch.setattr(Engine, "open", open_slowly)
    before = set(threading.enumerate())

    async def open_and_give_up() -> None:
        opening = asyncio.ensure_future(open_session(project, shell.background, at_once=1))
        while not is_opening.is_set():
            await asyncio.sleep(0.01)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    run(open_and_give_up())
    may_open.set()
    qtbot.waitUntil(lambda: bool(engines), timeout=30_000)
    writers = [thread for thread in set(threading.enumerate()) - before if thread.name == "rivers-writer"]
    qtbot.waitUntil(lambda: not any(thread.is_alive() for thread in writers), timeout=30_000)
    with pytest.raises(ExecutionError, match="closed"):
        run(shell.background(engines[0].spec))


def test_edited_code_is_read_again_and_broken_code_is_told_and_survived(
    qtbot: QtBot, session: ProjectSession, project: Path, run: Run[Any]
) -> None:
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8")
    code.write_text(text + "\nraise ValueError('half written')\n", encoding="utf-8")
    with qtbot.waitSignal(session.code_failed) as failed:
        run(session.reload())
    assert failed.args is not None
    error = failed.args[0]
    assert isinstance(error, CodeLocationError)
    assert "assets.py" in error.details
    assert "half written" in error.details
    assert session.spec is not None, "what loaded before is kept"
    code.write_text(
        text.replace("def constant", "def renamed").replace("doubled, constant", "doubled, renamed"), "utf-8"
    )
    with qtbot.waitSignal(session.spec_changed):
        run(session.reload())
    assert session.code_error is None
    assert {asset.name for asset in session.spec.assets} == {"daily", "doubled", "renamed"}


def test_the_gui_thread_may_neither_use_the_database_nor_ask_user_code(session: ProjectSession) -> None:
    engine = session.engine
    with never_waiting():
        for use in (engine.backfills, engine.asset_counts, engine.reload, lambda: engine.plan(ALL_DAYS)):
            with pytest.raises(AssertionError, match="must never wait"):
                use()


def test_a_folder_without_code_is_refused_in_a_sentence(shell: Shell, tmp_path: Path, run: Run[Any]) -> None:
    with pytest.raises(ProjectError, match=r"\w+ \w+"):
        run(open_session(tmp_path / "nowhere", shell.background, at_once=1))


def test_closing_in_the_middle_leaves_an_interrupted_backfill_that_can_be_resumed(
    qtbot: QtBot, shell: Shell, project: Path, run: Run[Any]
) -> None:
    slow = "def daily(context: rs.AssetExecutionContext):\n    import time; time.sleep(0.2)"
    code = project / "assets.py"
    text = code.read_text(encoding="utf-8").replace("def daily(context: rs.AssetExecutionContext):", slow)
    code.write_text(text.replace('    """One number a day."""\n', ""), encoding="utf-8")
    session = run(open_session(project, shell.background, at_once=2))
    run(session.load())
    with qtbot.waitSignal(session.runs_changed, timeout=30_000):
        backfill_id = launched(session, shell, run)
    run(session.close())
    again = run(open_session(project, shell.background, at_once=2))
    run(again.load())
    ended: list[BackfillRecord] = []
    again.backfill_ended.connect(ended.append)
    interrupted = run(shell.background(again.engine.recover)) or list(again.backfills.values())
    assert [record.backfill_id for record in interrupted] == [backfill_id]
    assert interrupted[0].state is BackfillState.INTERRUPTED
    run(again.resume(backfill_id))
    qtbot.waitUntil(lambda: bool(ended), timeout=30_000)
    assert ended[0].completed + ended[0].failed == 10
    run(again.close())
