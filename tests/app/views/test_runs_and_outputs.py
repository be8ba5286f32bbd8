"""The Runs page with one run below it, and the Outputs page."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTabWidget,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.shell import Shell
from rivers_app.views.outputs import OutputsPage
from rivers_app.views.run_list import RunList
from rivers_app.views.run_table import RunTable
from rivers_app.views.runs import RunsPage
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import PartitionState, RunState
from tests import hands
from tests.app.builders import a_run
from tests.app.conftest import Run

MILLISECONDS = 20_000

CODE = """
import rivers_core as rs

letters = rs.PartitionsDefinition.static_(["a", "b", "c"])


@rs.Asset(partitions_def=letters, backfill_strategy=rs.BackfillStrategy.multi_run())
def letter(context: rs.AssetExecutionContext) -> list[dict[str, object]]:
    context.log.info(f"working on {context.partition_key}")
    context.log.warning("this is the last warning")
    print("printed")
    if context.partition_key == "b":
        raise ValueError("b has no rows")
    return [{"letter": context.partition_key, "number": at} for at in range(3)]


@rs.Asset(partitions_def=letters, backfill_strategy=rs.BackfillStrategy.single_run())
def marked(context: rs.AssetExecutionContext) -> dict[str, int]:
    keys = context.partition.keys
    context.mark_partition_failed(keys[1], "the second is left out")
    context.add_output_metadata({"rows": 3})
    context.add_output_metadata({"comment": "the last"}, key=keys[2])
    return {key: at for at, key in enumerate(keys) if at != 1}


@rs.Asset
def note(context: rs.AssetExecutionContext) -> str:
    context.add_output_metadata({"words": 2, "language": "English"})
    return "one sentence"


repo = rs.CodeRepository(assets=[letter, marked, note])
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "assets.py").write_text(CODE, encoding="utf-8")
    return folder


@pytest.fixture
def until(qtbot: QtBot):
    def until(condition) -> None:
        qtbot.waitUntil(lambda: bool(condition()), timeout=MILLISECONDS)

    return until


@pytest.fixture
def backfill(qtbot: QtBot, session: ProjectSession, run: Run[Any]):
    def backfill(asset: str) -> None:
        has_partitions = session.engine.definition(asset) is not None
        request = BackfillRequest(selection=(asset,), all_partitions=has_partitions, max_concurrency=1)
        with qtbot.waitSignal(session.backfill_ended, timeout=MILLISECONDS):
            run(session.launch(session.engine.plan(request)))

    return backfill


def shown(qtbot: QtBot, page: Any, session: ProjectSession) -> Any:  # a page of any kind
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.set_session(session)
    page.show()
    return page


@pytest.fixture
def runs(qtbot: QtBot, shell: Shell, session: ProjectSession) -> RunsPage:
    return shown(qtbot, RunsPage(shell), session)


@pytest.fixture
def outputs(qtbot: QtBot, shell: Shell, session: ProjectSession) -> OutputsPage:
    return shown(qtbot, OutputsPage(shell), session)


def text(page: QWidget, name: str) -> str:
    return hands.part(page, QLabel, name).text()


def listed(page: QWidget, name: str = "runTable") -> list[str]:
    model = hands.part(page, QTableView, name).model()
    assert model is not None
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def log(page: QWidget) -> str:
    return hands.part(page, QPlainTextEdit, "logText").toPlainText()


def test_runs_appear_as_they_start_the_newest_first(runs, backfill, until):
    backfill("letter")
    until(lambda: listed(runs) == ["r3", "r2", "r1"])
    until(lambda: text(runs, "runTitle").startswith("Run "))


def test_news_that_comes_faster_than_one_can_read_is_taken_in_together(runs, session, backfill, until):
    backfill("letter")
    until(lambda: listed(runs) == ["r3", "r2", "r1"])
    model = hands.part(runs, QTableView, "runTable").model()
    inserted = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append(last - first + 1))
    for number in range(4, 104):
        session.runs_changed.emit("b2", [a_run(f"r{number}", RunState.RUNNING)])
    session.runs_changed.emit("b2", [a_run("r103", RunState.COMPLETED)])
    until(lambda: len(listed(runs)) == 103)
    assert listed(runs)[0] == "r103"
    assert model.index(0, 1).data() == "completed"
    assert inserted[-1] >= 99


def test_runs_are_narrowed_by_state_and_asset(runs, backfill, until):
    backfill("letter")
    backfill("note")
    until(lambda: len(listed(runs)) == 4)
    hands.choose_text(runs, "runStateFilter", "failed")
    until(lambda: listed(runs) == ["r2"])
    hands.choose_text(runs, "runStateFilter", "Any state")
    hands.choose_text(runs, "runAssetFilter", "note")
    until(lambda: listed(runs) == ["r4"])


def test_runs_are_found_by_words_in_their_key_error_or_id(runs, backfill, until):
    backfill("letter")
    backfill("note")
    until(lambda: len(listed(runs)) == 4)
    hands.write(runs, "runFilterField", "r2")
    until(lambda: listed(runs) == ["r2"])
    hands.write(runs, "runFilterField", "valueerror")
    until(lambda: listed(runs) == ["r2"])
    hands.write(runs, "runFilterField", "nowhere")
    until(hands.part(runs, QPushButton, "showAllRuns").isVisible)
    hands.press(runs, "showAllRuns")
    until(lambda: len(listed(runs)) == 4)


def test_a_filter_that_hides_every_run_says_so_and_can_be_taken_away(runs, backfill, until):
    backfill("letter")
    until(lambda: listed(runs) == ["r3", "r2", "r1"])
    hands.choose_text(runs, "runStateFilter", "canceled")
    show_all = hands.part(runs, QPushButton, "showAllRuns")
    until(show_all.isVisible)
    hands.press(runs, "showAllRuns")
    until(lambda: listed(runs) == ["r3", "r2", "r1"])


def test_another_project_begins_without_a_filter(runs, session, backfill, until):
    backfill("letter")
    backfill("note")
    hands.choose_text(runs, "runAssetFilter", "note")
    hands.choose_text(runs, "runStateFilter", "completed")
    hands.write(runs, "runFilterField", "r4")
    until(lambda: listed(runs) == ["r4"])
    runs.set_session(None)
    runs.set_session(session)
    until(lambda: listed(runs) == ["r4", "r3", "r2", "r1"])
    assert hands.part(runs, QLineEdit, "runFilterField").text() == ""


def test_the_runs_of_an_asset_that_the_code_no_longer_has_give_way_to_all(runs, session, project, backfill, run, until):
    backfill("letter")
    backfill("note")
    hands.choose_text(runs, "runAssetFilter", "letter")
    until(lambda: listed(runs) == ["r3", "r2", "r1"])
    only = CODE.replace("assets=[letter, marked, note]", "assets=[note]")
    (project / "assets.py").write_text(only, encoding="utf-8")
    run(session.reload())
    until(lambda: listed(runs) == ["r4", "r3", "r2", "r1"])


def test_the_runs_of_one_backfill_stand_in_their_order_until_all_are_wanted(runs, backfill, until):
    backfill("letter")
    backfill("note")
    runs.show_runs_of("b1")
    until(lambda: listed(runs) == ["r1", "r2", "r3"])
    assert text(runs, "runsTitle") == "Runs of backfill b1"
    hands.press(runs, "allRunsButton")
    until(lambda: len(listed(runs)) == 4)


def test_the_log_holds_what_code_logs_and_prints_and_is_narrowed_by_level(runs, backfill, until):
    backfill("letter")
    runs.show_run("r1")
    until(lambda: "working on a" in log(runs) and "[stdout] printed" in log(runs))
    hands.choose_text(runs, "logLevel", "Warnings and errors")
    assert "this is the last warning" in log(runs)
    assert "working on a" not in log(runs)
    hands.choose_text(runs, "logLevel", "All lines")
    hands.write(runs, "logSearch", "last")
    assert hands.part(runs, QPlainTextEdit, "logText").textCursor().selectedText() == "last"
    hands.press(runs, "logCopy")
    assert QGuiApplication.clipboard().text() == "last"


def test_a_run_that_is_opened_before_the_list_was_read_stays_open(runs, session, backfill, until, monkeypatch):
    backfill("letter")
    until(lambda: text(runs, "runTitle").startswith("Run "))
    may_read, read = Event(), session.engine.runs
    monkeypatch.setattr(session.engine, "runs", lambda **query: may_read.wait() and read(**query))
    runs.set_session(None)
    runs.set_session(session)
    runs.show_run("r1")
    until(lambda: text(runs, "runTitle") == "Run r1 · completed")
    may_read.set()
    until(lambda: listed(runs) == ["r3", "r2", "r1"])
    assert text(runs, "runTitle") == "Run r1 · completed"
    assert hands.part(runs, RunTable, "runTable").selected_rows() == [2]


def test_what_starts_and_ends_while_the_list_is_read_is_not_lost(runs, session, backfill, until, monkeypatch):
    backfill("letter")
    until(lambda: listed(runs) == ["r3", "r2", "r1"])
    has_read, may_answer, read = Event(), Event(), session.engine.runs

    def slowly(**query):
        found = read(**query)
        has_read.set()
        may_answer.wait()
        return found

    monkeypatch.setattr(session.engine, "runs", slowly)
    runs.set_session(None)
    runs.set_session(session)
    until(has_read.is_set)
    pauses = runs.findChildren(RunList)[0].findChildren(QTimer)
    until(lambda: not any(pause.isActive() for pause in pauses))  # the news before were taken in
    session.runs_changed.emit("b2", [a_run("r4", RunState.RUNNING), a_run("r3", RunState.CANCELED)])
    session.runs_changed.emit("b2", [a_run("r4", RunState.COMPLETED)])
    may_answer.set()
    until(lambda: listed(runs) == ["r4", "r3", "r2", "r1"])
    model = hands.part(runs, QTableView, "runTable").model()
    until(lambda: [model.index(row, 1).data() for row in range(2)] == ["completed", "canceled"])


def test_a_failed_run_tells_its_reason_and_its_traceback(runs, backfill, until):
    backfill("letter")
    runs.show_run("r2")
    until(lambda: text(runs, "runTitle") == "Run r2 · failed")
    assert text(runs, "runError") == "ValueError: b has no rows"
    assert "assets.py" in hands.part(runs, QPlainTextEdit, "runTraceback").toPlainText()
    hands.part(runs, QTabWidget, "runTabs").setCurrentIndex(2)
    hands.press(runs, "runErrorCopy")
    assert QGuiApplication.clipboard().text().startswith("ValueError: b has no rows\n\nTraceback")


def test_partitions_that_failed_inside_a_run_are_listed_and_lead_to_their_cells(runs, shell, qtbot, backfill, until):
    backfill("marked")
    runs.show_run("r1")
    failures = hands.part(runs, QTableView, "runFailures")
    until(lambda: failures.model().rowCount() == 1)
    assert [failures.model().index(0, at).data() for at in range(3)] == ["marked", "b", "the second is left out"]
    assert hands.part(runs, QTabWidget, "runTabs").isTabVisible(3)
    failures.setCurrentIndex(failures.model().index(0, 0))
    with qtbot.waitSignal(shell.navigation.asset_opened) as opened:
        failures.activated.emit(failures.currentIndex())
    assert opened.args == ["marked", 1]


def test_what_a_run_told_of_its_output_is_listed(runs, backfill, until):
    backfill("letter")
    until(lambda: listed(runs) == ["r3", "r2", "r1"])
    tabs = hands.part(runs, QTabWidget, "runTabs")
    metadata = hands.part(runs, QTableView, "runMetadata")
    backfill("note")
    until(lambda: listed(runs)[0] == "r4")
    hands.choose_row(runs, "runTable", 0)
    until(lambda: tabs.isTabVisible(tabs.indexOf(metadata)))
    model = metadata.model()
    cells = [[model.index(row, column).data() for column in range(4)] for row in range(model.rowCount())]
    assert cells == [["note", "", "words", "2"], ["note", "", "language", "English"]]


def test_what_a_run_told_of_one_of_its_partitions_stands_after_what_it_told_of_all(session, backfill):
    backfill("marked")
    told = [(output.asset, output.label, dict(output.metadata)) for output in session.engine.run_outputs("r1")]
    assert told == [("marked", "a … c (2)", {"rows": 3}), ("marked", "c", {"comment": "the last"})]


def test_a_run_leads_to_its_backfill_and_its_partition(runs, shell, qtbot, backfill, until):
    backfill("letter")
    runs.show_run("r3")
    until(lambda: text(runs, "runTitle") == "Run r3 · completed")
    with qtbot.waitSignal(shell.navigation.backfill_opened) as backfill_opened:
        hands.press(runs, "runOpenBackfill")
    with qtbot.waitSignal(shell.navigation.asset_opened) as asset_opened:
        hands.press(runs, "runOpenPartition")
    assert backfill_opened.args == ["b1"]
    assert asset_opened.args == ["letter", 2]


def test_steps_are_told_to_those_who_cannot_see_them(runs, backfill, until):
    backfill("letter")
    runs.show_run("r1")
    steps = hands.part(runs, QWidget, "stepTimeline")
    until(lambda: steps.accessibleDescription().startswith("letter completed"))


def test_stored_rows_are_shown_with_their_columns(outputs, backfill, until):
    backfill("letter")
    outputs.show_output("letter", 0)
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    model = hands.part(outputs, QTableView, "outputTable").model()
    assert [model.index(1, at).data() for at in (0, 1)] == ["a", "1"]
    hands.press(outputs, "outputCopy")
    assert QGuiApplication.clipboard().text() == "letter\tnumber\na\t0\na\t1\na\t2"


def test_other_values_are_shown_as_text(outputs, backfill, until):
    backfill("note")
    outputs.show_output("note", -1)
    value = hands.part(outputs, QPlainTextEdit, "outputText")
    until(value.isVisible)
    assert value.toPlainText() == "one sentence"
    assert not hands.part(outputs, QLineEdit, "outputKey").isVisible()


def test_one_steps_to_the_next_partition_or_writes_its_key(outputs, backfill, until):
    backfill("letter")
    outputs.show_output("letter", 0)
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    assert not hands.part(outputs, QToolButton, "outputBefore").isEnabled()
    hands.press(outputs, "outputAfter")
    until(lambda: text(outputs, "emptyTitle") == "No output to show")
    assert hands.part(outputs, QLineEdit, "outputKey").text() == "b"
    hands.write(outputs, "outputKey", "c")
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    assert not hands.part(outputs, QToolButton, "outputAfter").isEnabled()


def test_a_key_of_the_asset_that_stands_chosen_can_be_written_at_once(outputs, backfill, until):
    backfill("letter")
    until(lambda: not hands.part(outputs, QToolButton, "outputBefore").isEnabled())
    hands.write(outputs, "outputKey", "c")
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")


def test_an_asset_without_partitions_that_stands_chosen_is_shown_at_once(outputs, session, project, run, until):
    only = CODE.replace("assets=[letter, marked, note]", "assets=[note]")
    (project / "assets.py").write_text(only, encoding="utf-8")
    run(session.reload())
    until(lambda: text(outputs, "emptyTitle") == "No output to show")
    assert not hands.part(outputs, QLineEdit, "outputKey").isVisible()


def test_a_key_that_does_not_exist_is_refused_with_a_sentence(outputs, backfill, until):
    backfill("letter")
    outputs.show_output("letter", 0)
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    hands.write(outputs, "outputKey", "zebra")
    until(lambda: "zebra" in text(outputs, "outputFacts"))
    assert hands.part(outputs, QLineEdit, "outputKey").property("invalid") == "true"


def test_another_project_begins_with_nothing(outputs, backfill, until):
    backfill("letter")
    outputs.show_output("letter", 0)
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    assert hands.part(outputs, QPushButton, "outputCopy").isEnabled()
    outputs.set_session(None)
    assert hands.part(outputs, QLineEdit, "outputKey").text() == ""
    assert text(outputs, "outputFacts") == ""
    assert hands.part(outputs, QComboBox, "outputAsset").count() == 0
    for name in ("outputCopy", "verifyOutputs", "outputOpenAsset"):
        assert not hands.part(outputs, QPushButton, name).isEnabled()


def test_the_output_of_an_asset_that_the_code_no_longer_has_is_put_away(
    outputs, session, project, backfill, run, until
):
    backfill("letter")
    outputs.show_output("letter", 0)
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    only = CODE.replace("assets=[letter, marked, note]", "assets=[marked]")
    (project / "assets.py").write_text(only, encoding="utf-8")
    run(session.reload())
    until(lambda: text(outputs, "outputFacts") == "")
    assert hands.part(outputs, QComboBox, "outputAsset").currentText() == "marked"
    assert text(outputs, "emptyTitle") == "No output chosen"


def test_outputs_that_are_gone_are_found_and_marked_missing(outputs, session, backfill, until):
    backfill("letter")
    outputs.show_output("letter", 0)
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    files = sorted((session.engine.place / "outputs" / "letter").rglob("*.*"))
    next(file for file in files if file.is_file() and file.stem.startswith("a")).unlink()
    hands.press(outputs, "verifyOutputs")
    until(lambda: hands.dialog("verifyDialog") is not None)
    dialog = hands.dialog("verifyDialog")
    assert text(dialog, "questionTitle") == "1 output of letter is gone"
    assert text(dialog, "questionText").startswith("a\n")
    hands.press(dialog, "markMissingButton")
    until(lambda: session.engine.asset_counts()["letter"].get(PartitionState.MISSING) == 1)


def test_outputs_that_are_all_there_are_told_to_be(outputs, shell, qtbot, backfill, until):
    backfill("letter")
    outputs.show_output("letter", 0)
    until(lambda: text(outputs, "outputFacts") == "3 rows, 2 columns")
    with qtbot.waitSignal(shell.notices.shown, timeout=MILLISECONDS) as told:
        hands.press(outputs, "verifyOutputs")
    assert told.args[0].text == "All stored outputs of letter are there."


def test_runs_with_failed_partitions_are_found_though_they_completed(runs, backfill, until):
    backfill("letter")
    backfill("marked")
    until(lambda: len(listed(runs)) == 4)
    hands.choose_text(runs, "runStateFilter", "with failed partitions")
    until(lambda: listed(runs) == ["r4", "r2"])
