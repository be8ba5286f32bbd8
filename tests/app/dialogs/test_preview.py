"""The preview: it shows a plan as it is, launches that one, and says when things have changed since."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.dialogs.plan_export import export_plan
from rivers_app.dialogs.plan_share import PlanShare
from rivers_app.dialogs.preview import PreviewDialog
from rivers_app.heatmap.view import PartitionHeatmap
from rivers_app.shell import Shell
from rivers_core.exceptions import StorageError
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.planning.plan import BackfillPlan
from rivers_core.planning.request import BackfillRequest
from rivers_core.states import BackfillState
from tests import hands
from tests.app.conftest import Run

MILLISECONDS = 20_000
THREE_DAYS = PartitionKeyRange.single("2024-01-01", "2024-01-03")

WITH_SECRET = """
from datetime import datetime

from pydantic import BaseModel, SecretStr

import rivers_core as rs


class Access(BaseModel):
    token: SecretStr
    limit: int = 1


@rs.Asset(partitions_def=rs.PartitionsDefinition.daily(start=datetime(2024, 1, 1), end=datetime(2024, 1, 11)))
def daily(context: rs.AssetExecutionContext[Access]):
    return 1


repo = rs.CodeRepository(assets=[daily])
"""
TWO_GRIDS = """
from datetime import datetime

import rivers_core as rs

begin, end = datetime(2024, 1, 1), datetime(2024, 3, 1)


@rs.Asset(partitions_def=rs.PartitionsDefinition.daily(start=begin, end=end))
def daily():
    return 1


@rs.Asset(
    partitions_def=rs.PartitionsDefinition.monthly(start=begin, end=end),
    deps=[rs.AssetDef.input("daily", partition_mapping=rs.PartitionMapping.time_window())],
)
def monthly(daily):
    return 2


repo = rs.CodeRepository(assets=[daily, monthly])
"""


def request(*assets: str, **more: Any) -> BackfillRequest:
    return BackfillRequest.model_validate({"selection": assets, "partition_range": THREE_DAYS, **more})


@pytest.fixture
def show(qtbot: QtBot, shell: Shell, session: ProjectSession):
    def show(plan: BackfillPlan, of: ProjectSession = session) -> PreviewDialog:
        dialog = PreviewDialog(shell, of, plan)
        qtbot.addWidget(dialog)
        dialog.open()
        return dialog

    return show


@pytest.fixture
def other_code(shell: Shell, session: ProjectSession, project: Path, run: Run[Any]):
    """The project with other code."""

    def other_code(code: str) -> ProjectSession:
        (project / "assets.py").write_text(code, encoding="utf-8")
        run(session.reload())
        return session

    return other_code


@pytest.fixture
def backfill(qtbot: QtBot, session: ProjectSession, run: Run[Any]):
    """Runs a request to its end."""

    def backfill(wanted: BackfillRequest) -> None:
        with qtbot.waitSignal(session.backfill_ended, timeout=MILLISECONDS):
            run(session.launch(session.engine.plan(wanted)))

    return backfill


def text(dialog, name):
    return hands.part(dialog, QLabel, name).text()


def test_it_counts_names_and_lists_what_would_run_and_writes_nothing(show, session):
    dialog = show(session.engine.plan(request("daily")))
    assert text(dialog, "previewTitle") == "3 partitions in 3 runs"
    assert text(dialog, "previewDetail").startswith("daily · 2024-01-01, 2024-01-02, 2024-01-03")
    assert text(dialog, "previewState_missing") == "3 new"
    runs = hands.part(dialog, QTableView, "previewRuns").model()
    assert runs is not None
    assert [runs.index(row, 3).data() for row in range(3)] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    heatmap = hands.part(dialog, PartitionHeatmap, "previewHeatmap")
    assert heatmap.selection.ordinals().tolist() == [0, 1, 2]
    assert session.engine.count_backfills() == 0


def test_launch_runs_exactly_what_was_shown(show, session, qtbot):
    dialog = show(session.engine.plan(request("daily")))
    with qtbot.waitSignal(session.backfill_ended, timeout=MILLISECONDS) as ended:
        hands.press(dialog, "launchButton")
    (record,) = ended.args
    assert (record.state, record.total_partitions, record.launched_by) == (BackfillState.COMPLETED, 3, "app")
    assert dialog.result() == PreviewDialog.DialogCode.Accepted


def test_states_that_changed_since_are_told_and_can_be_overruled(show, session, qtbot, backfill):
    dialog = show(session.engine.plan(request("daily")))
    backfill(request("daily"))
    hands.press(dialog, "launchButton")
    qtbot.waitUntil(lambda: hands.part(dialog, QLabel, "bannerText").isVisible(), timeout=MILLISECONDS)
    assert session.engine.count_backfills() == 1, "nothing was launched"
    with qtbot.waitSignal(session.backfill_ended, timeout=MILLISECONDS):
        hands.press(dialog, "bannerAction0")
    assert session.engine.count_backfills() == 2


def test_what_is_done_is_said_to_be_overwritten(show, session, backfill):
    backfill(request("daily"))
    dialog = show(session.engine.plan(request("daily")))
    assert text(dialog, "previewState_completed") == "3 overwritten"
    assert "overwritten" in text(dialog, "previewWarning0")
    assert "by 3 earlier runs" in text(dialog, "previewDetail")


def test_missing_upstream_partitions_are_added_at_a_click(show, session, qtbot):
    dialog = show(session.engine.plan(request("doubled")))
    assert "3 partitions of daily" in text(dialog, "previewWarning0")
    hands.press(dialog, "addUpstream0")
    qtbot.waitUntil(lambda: set(dialog.plan.assets) == {"daily", "doubled"}, timeout=MILLISECONDS)
    assert dialog.findChild(QPushButton, "addUpstream0") is None or not dialog.plan.warnings
    with qtbot.waitSignal(session.backfill_ended, timeout=MILLISECONDS) as ended:
        hands.press(dialog, "launchButton")
    assert ended.args[0].state is BackfillState.COMPLETED


def test_a_plan_of_several_stages_shows_the_cells_of_each(show, session):
    wanted = request("doubled", add_missing_upstream=True)
    dialog = show(session.engine.plan(wanted))
    stages = hands.part(dialog, QComboBox, "previewStage")
    assert [stages.itemText(at) for at in range(stages.count())] in (["daily", "doubled"], ["daily, doubled"])


def test_an_asset_without_partitions_has_no_cells_to_show(show, session):
    dialog = show(session.engine.plan(BackfillRequest(selection=("constant",))))
    assert text(dialog, "previewTitle") == "1 partition in 1 run"
    assert not hands.part(dialog, PartitionHeatmap, "previewHeatmap").isVisible()


def test_the_request_is_copied_as_python_and_as_a_command_line(show, session):
    dialog = show(session.engine.plan(request("daily")))
    share = hands.part(dialog, PlanShare, "shareButton")
    hands.choose_action(share, "copyAsPythonAction")
    assert "repo.backfill(" in QGuiApplication.clipboard().text()
    assert "'2024-01-01', '2024-01-03'" in QGuiApplication.clipboard().text()
    hands.choose_action(share, "copyAsCommandAction")
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("rivers-core backfill")
    assert "--range 2024-01-01..2024-01-03" in copied


def test_a_typed_secret_is_copied_by_its_name_only(show, other_code):
    session = other_code(WITH_SECRET)
    wanted = BackfillRequest(selection=("daily",), all_partitions=True, config={"daily": {"token": "hush", "limit": 3}})
    dialog = show(session.engine.plan(wanted), session)
    share = hands.part(dialog, PlanShare, "shareButton")
    for action, named in (("copyAsPythonAction", "os.environ['DAILY_TOKEN']"), ("copyAsCommandAction", "$DAILY_TOKEN")):
        hands.choose_action(share, action)
        copied = QGuiApplication.clipboard().text()
        assert named in copied
        assert "limit" in copied
        assert "hush" not in copied
    assert dialog.plan.request.config == wanted.config, "what is launched keeps it"


@pytest.mark.parametrize(("asset", "option"), [("daily", "include_downstream"), ("monthly", "include_upstream")])
def test_the_cells_begin_with_the_asset_that_was_asked_for(show, other_code, asset, option):
    session = other_code(TWO_GRIDS)
    plan = session.engine.plan(BackfillRequest(selection=(asset,), all_partitions=True, **{option: True}))
    stages = hands.part(show(plan, session), QComboBox, "previewStage")
    assert [stages.itemText(at) for at in range(stages.count())] == ["daily", "monthly"]
    assert stages.currentText() == asset


def test_a_plan_is_exported_with_a_row_for_each_partition(session, tmp_path):
    plan = session.engine.plan(request("daily"))
    export_plan(plan, tmp_path / "plan.csv")
    export_plan(plan, tmp_path / "plan.json")
    with (tmp_path / "plan.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {"run": "2", "assets": "daily", "key": "2024-01-02", "now": "missing"}
    assert [row["key"] for row in json.loads((tmp_path / "plan.json").read_text())] == [row["key"] for row in rows]


def test_a_plan_that_cannot_be_written_leaves_no_half_file(session, tmp_path):
    place = tmp_path / "nowhere" / "plan.csv"
    with pytest.raises(StorageError, match="Choose another place"):
        export_plan(session.engine.plan(request("daily")), place)
    assert list(tmp_path.rglob("*.part")) == []
