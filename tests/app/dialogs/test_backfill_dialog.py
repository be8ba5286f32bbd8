"""The backfill dialog: what it begins with, what it says of each choice, and the request that comes of it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QRadioButton, QSpinBox
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.dialogs.backfill import BackfillDialog
from rivers_app.navigation import BackfillDraft
from rivers_app.shell import Shell
from rivers_core.partitions.strategy import SINGLE_RUN
from rivers_core.partitions.subset import Subset
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import FailurePolicy, RunOrder
from tests import hands
from tests.app.conftest import Run

MILLISECONDS = 20_000


class Shown:
    """The dialog, as one sees and uses it."""

    def __init__(self, qtbot: QtBot, dialog: BackfillDialog) -> None:
        self._qtbot = qtbot
        self.dialog = dialog

    def part(self, kind, name):
        return hands.part(self.dialog, kind, name)

    @property
    def summary(self) -> str:
        return self.part(QLabel, "backfillSummary").text()

    def wait_for(self, summary: str) -> None:
        def check() -> None:
            assert self.summary == summary

        self._qtbot.waitUntil(check, timeout=MILLISECONDS)

    def can_preview(self) -> bool:
        return self.part(QPushButton, "previewButton").isEnabled()

    def preview(self):
        """Press Preview, and what the shown plan asks for."""
        self._qtbot.waitUntil(self.can_preview, timeout=MILLISECONDS)
        hands.press(self.dialog, "previewButton")
        self._qtbot.waitUntil(lambda: hands.dialog("previewDialog") is not None, timeout=MILLISECONDS)
        return hands.dialog("previewDialog")


@pytest.fixture
def show(qtbot: QtBot, shell: Shell, session: ProjectSession):
    def show(draft: BackfillDraft) -> Shown:
        dialog = BackfillDialog(shell, session, draft)
        qtbot.addWidget(dialog)
        dialog.open()
        return Shown(qtbot, dialog)

    return show


@pytest.fixture
def fingerprint(session: ProjectSession, run: Run[Any]) -> str:
    return session.engine.states("daily").fingerprint


def test_it_begins_with_what_is_selected_in_the_grid(show, fingerprint):
    shown = show(BackfillDraft(("daily",), Subset(((2, 5),)), fingerprint))
    shown.wait_for("3 partitions in 3 runs")
    assert shown.part(QLabel, "chosenAssets").text() == "daily"
    assert shown.part(QLineEdit, "rangeField_partitions").text() == "2024-01-03..2024-01-05"


def test_without_a_selection_it_begins_with_everything(show):
    show(BackfillDraft(("daily",))).wait_for("10 partitions in 10 runs")


def test_a_line_of_text_chooses_partitions_and_a_wrong_key_says_so(show, fingerprint):
    shown = show(BackfillDraft(("daily",), Subset(((2, 5),)), fingerprint))
    shown.wait_for("3 partitions in 3 runs")
    hands.write(shown.dialog, "rangeField_partitions", "2024-01-01..2024-01-02, 2024-01-09")
    shown.wait_for("3 partitions in 3 runs")
    hands.write(shown.dialog, "rangeField_partitions", "2024-01-99")
    shown.wait_for("Mend the partition keys marked above")
    assert "2024-01-99" in shown.part(QLabel, "rangeProblem_partitions").text()
    assert not shown.can_preview()


def test_of_these_only_leaves_out_what_is_done(show, session, run):
    record = run(session.launch(session.engine.plan(BackfillRequest(selection=("daily",), all_partitions=True))))
    run(ended(session, record.backfill_id))
    shown = show(BackfillDraft(("daily",), where=("failed",)))
    shown.wait_for("1 partition in 1 run")
    assert shown.part(QPushButton, "where_failed").isChecked()
    hands.press(shown.dialog, "where_failed")
    shown.wait_for("10 partitions in 10 runs")
    hands.press(shown.dialog, "where_missing")
    shown.wait_for("Nothing to do: of the 10 partitions of daily asked for none is missing.")
    assert not shown.can_preview()


async def ended(session, backfill_id):
    import asyncio

    while backfill_id in session.backfills:
        await asyncio.sleep(0.01)


def test_downstream_assets_come_along(show):
    shown = show(BackfillDraft(("daily",)))
    shown.wait_for("10 partitions in 10 runs")
    shown.part(QCheckBox, "includeDownstream").click()
    plan = shown.preview().plan
    assert set(plan.assets) == {"daily", "doubled"}


def test_strategy_order_policy_retries_and_tags_reach_the_request(show):
    shown = show(BackfillDraft(("daily",)))
    shown.wait_for("10 partitions in 10 runs")
    hands.choose_text(shown.dialog, "strategyChoice", "One run for all partitions")
    hands.choose_text(shown.dialog, "runOrder", "Newest first")
    hands.choose_text(shown.dialog, "failurePolicy", "Stop the backfill")
    hands.count_to(shown.dialog, "runsAtATime", 7)
    hands.count_to(shown.dialog, "retries", 2)
    hands.write(shown.dialog, "tagField", "team=data, reason=late")
    shown.wait_for("10 partitions in 1 run")
    request = shown.preview().plan.request
    assert request.strategy is not None
    assert request.strategy.kind == SINGLE_RUN
    assert request.order is RunOrder.NEWEST_FIRST
    assert request.failure_policy is FailurePolicy.STOP_ON_FAILURE
    assert (request.max_concurrency, request.retry) == (7, {"max_retries": 2})
    assert request.tags == (("team", "data"), ("reason", "late"))
    assert request.launched_by in ("", "app")


def test_tags_that_are_none_are_refused_until_they_are_mended(show):
    shown = show(BackfillDraft(("daily",)))
    shown.wait_for("10 partitions in 10 runs")
    hands.write(shown.dialog, "tagField", "urgent")
    shown.wait_for("Mend the tags")
    hands.write(shown.dialog, "tagField", "urgent=yes")
    shown.wait_for("10 partitions in 10 runs")


def test_an_asset_without_partitions_runs_once(show):
    shown = show(BackfillDraft(("constant",)))
    shown.wait_for("1 partition in 1 run")
    assert shown.part(QLabel, "noPartitions").isVisible()
    assert not shown.part(QComboBox, "strategyChoice").isEnabled()


def test_nothing_chosen_says_what_to_do(show):
    show(BackfillDraft(())).wait_for("Choose at least one asset")


def test_what_was_launched_is_remembered_for_the_asset(show, shell, session, qtbot):
    shown = show(BackfillDraft(("daily",)))
    shown.wait_for("10 partitions in 10 runs")
    hands.choose_text(shown.dialog, "strategyChoice", "One run for all partitions")
    hands.count_to(shown.dialog, "runsAtATime", 3)
    shown.wait_for("10 partitions in 1 run")
    with qtbot.waitSignal(session.backfill_ended, timeout=MILLISECONDS):
        hands.press(shown.preview(), "launchButton")
    qtbot.waitUntil(lambda: not shown.dialog.isVisible(), timeout=MILLISECONDS)
    again = show(BackfillDraft(("daily",)))
    again.wait_for("10 partitions in 1 run")
    assert again.part(QSpinBox, "runsAtATime").value() == 3


def test_an_earlier_request_is_there_to_be_edited(show, fingerprint):
    request = BackfillRequest(
        selection=("daily",),
        subset=Subset(((0, 4),)),
        fingerprint=fingerprint,
        max_concurrency=9,
        tags=(("team", "data"),),
        failure_policy=FailurePolicy.STOP_ON_FAILURE,
    )
    shown = show(BackfillDraft(("daily",), request.subset, fingerprint, request=request))
    shown.wait_for("4 partitions in 4 runs")
    assert shown.part(QSpinBox, "runsAtATime").value() == 9
    assert shown.part(QLineEdit, "tagField").text() == "team=data"
    assert shown.part(QComboBox, "failurePolicy").currentText() == "Stop the backfill"


def test_scattered_cells_of_a_product_are_taken_as_they_are(show, fingerprint):
    shown = show(BackfillDraft(("daily",), Subset.of([0, 4, 7]), fingerprint))
    shown.wait_for("3 partitions in 3 runs")
    assert not shown.part(QRadioButton, "byCells").isVisible(), "a single dimension can say them as text"
    assert shown.part(QLineEdit, "rangeField_partitions").text() == "2024-01-01, 2024-01-05, 2024-01-08"
