"""The tables of runs, of failed partitions, of a plan's runs and of an output's rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from rivers_app.models.failure_table import FailureTableModel
from rivers_app.models.output_table import OutputTableModel
from rivers_app.models.plan_runs import PlanRunsModel
from rivers_app.models.roles import SORT_ROLE
from rivers_app.models.run_table import RunColumn, RunTableModel
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.planning.plan import BackfillPlan, Stage
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import ErrorReport, FailedPartition
from rivers_core.states import RunState
from tests.app.builders import a_run

ORIGINS = PartitionsDefinition.static_(["EWR", "JFK"])
LETTERS = PartitionsDefinition.static_(["a", "b", "c", "d"])
BOTH = PartitionsDefinition.multi({"letter": LETTERS, "origin": ORIGINS})


@pytest.fixture
def tested(qapp) -> Callable[[QAbstractItemModel], QAbstractItemModel]:
    """Lets Qt's own tester watch a model for the rest of the test."""
    testers = []

    def tested(model):
        testers.append(QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal))
        return model

    return tested


def texts(model, row):
    return [model.index(row, column).data() for column in range(model.columnCount())]


def titles(model):
    return [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]


def stage(assets, definition, ordinals, bounds):
    states = np.zeros(len(ordinals), dtype=np.uint8)
    return Stage(assets, definition, np.array(ordinals), np.array(bounds), True, "one run", states)


def plan(*stages):
    return BackfillPlan(BackfillRequest(), stages, (), "code", 0, "some", "one run")


def test_a_run_reads_as_its_keys_how_long_it_took_and_why_it_failed(tested):
    model = tested(RunTableModel())
    error = ErrorReport("ValueError", "no rows")
    model.replace([a_run("r12", RunState.FAILED, label="date=2024-01-01|origin=JFK", error=error)])
    shown = texts(model, 0)
    assert shown[RunColumn.KEYS] == "2024-01-01 · JFK"
    assert shown[RunColumn.STATE] == "failed"
    assert shown[RunColumn.DURATION] == "1.0 s"
    assert shown[RunColumn.ERROR] == "ValueError: no rows"
    assert model.index(0, RunColumn.ID).data(SORT_ROLE) == 12


def test_a_completed_run_of_several_tells_how_many_of_them_failed(tested):
    model = tested(RunTableModel())
    model.replace([a_run(label="a … d (4)", failed_partitions=2)])
    assert texts(model, 0)[RunColumn.STATE] == "completed, 2 failed"
    assert texts(model, 0)[RunColumn.KEYS] == "a … d (4)"


def test_runs_are_updated_in_place_added_at_both_ends_and_forgotten_at_the_end(tested):
    model = tested(RunTableModel())
    model.replace([a_run("r2", RunState.RUNNING)])
    assert [record.run_id for record in model.update([a_run("r2"), a_run("r3")])] == ["r3"]
    model.prepend([a_run("r3")])
    model.append([a_run("r1"), a_run("r2")])
    assert [model.record(row).run_id for row in range(3)] == ["r3", "r2", "r1"]
    assert model.record(1).state is RunState.COMPLETED
    model.keep(2)
    assert model.rowCount() == 2
    assert model.row_of("r1") == -1


def test_news_of_neighboring_runs_is_told_once(tested):
    model = tested(RunTableModel())
    model.replace([a_run(f"r{number}", RunState.RUNNING) for number in range(9, 0, -1)])
    told = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.update([a_run(f"r{number}") for number in (2, 7, 8, 9, 3)])
    assert told == [(0, 2), (6, 7)]


def test_failed_partitions_are_listed_with_their_reasons(tested):
    model = tested(FailureTableModel())
    model.replace([FailedPartition("daily", 3, "date=2024-01-04|origin=JFK", "no rows")])
    assert titles(model) == ["Asset", "Partition", "Reason"]
    assert texts(model, 0) == ["daily", "2024-01-04 · JFK", "no rows"]
    assert model.failure(0).ordinal == 3


def test_runs_of_a_plan_are_numbered_through_its_stages(tested):
    model = tested(
        PlanRunsModel(plan(stage(("raw",), None, [], [0, 0]), stage(("x", "y"), LETTERS, [0, 1, 2], [0, 2, 3])))
    )
    assert [texts(model, row) for row in range(3)] == [
        ["1", "raw", "1", "no partitions"],
        ["2", "x, y", "2", "a, b"],
        ["3", "x, y", "1", "c"],
    ]


def test_a_run_of_many_keys_names_the_first_and_the_last(tested):
    model = tested(PlanRunsModel(plan(stage(("x",), BOTH, range(8), [0, 8]))))
    assert texts(model, 0)[2:] == ["8", "a · EWR … d · JFK"]


def test_rows_of_an_output_stand_under_names_and_types(tested):
    model = tested(OutputTableModel())
    model.show_rows(["city", "flights"], ["VARCHAR", "BIGINT"], [["Boston", 12], [None, 7]])
    assert titles(model) == ["city\nvarchar", "flights\nbigint"]
    assert [texts(model, row) for row in (0, 1)] == [["Boston", "12"], ["", "7"]]
    assert model.index(0, 1).data(SORT_ROLE) == 12
    assert model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
