"""The states of an asset: a snapshot first, then what changed after it, and nothing of another asset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from rivers_app.models.live_states import LiveStates
from rivers_app.models.partition_grid import PartitionGridModel
from rivers_app.shell import Shell
from rivers_core.engine import StateSnapshot
from rivers_core.events import PartitionsChanged
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.states import PartitionState as State

KEYS = PartitionsDefinition.static_(["a", "b", "c", "d"])


@dataclass
class Snapshots:
    """Answers as an engine does; `position` is that of the next snapshot."""

    position: int = 10
    asked: int = 0

    def states(self, asset: str) -> StateSnapshot:
        self.asked += 1
        definition = None if asset == "whole" else KEYS
        cells = np.zeros(1 if definition is None else 4, dtype=np.uint8)
        return StateSnapshot(asset, definition, cells, self.position, "" if definition is None else KEYS.fingerprint)


class Session(QObject):
    """As much of an open project as `LiveStates` looks at."""

    partitions_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.engine = Snapshots()


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def states(shell: Shell, session: Session) -> LiveStates:
    model = PartitionGridModel()
    states = LiveStates(shell, model)
    model.setParent(states)
    states.set_session(session)  # type: ignore[arg-type]  # a stand-in
    return states


def model_of(states: LiveStates) -> PartitionGridModel:
    model = states.findChild(PartitionGridModel)
    assert isinstance(model, PartitionGridModel)
    return model


def event(position: int, changes: dict[int, State], asset: str = "kept", fingerprint: str = "") -> PartitionsChanged:
    ordinals = np.array(list(changes), dtype=np.int64)
    cells = np.array(list(changes.values()), dtype=np.uint8)
    return PartitionsChanged(position, asset, fingerprint or KEYS.fingerprint, ordinals, cells)


def loaded(qtbot: QtBot, states: LiveStates, asset: str = "kept") -> PartitionGridModel:
    with qtbot.waitSignal(states.loaded):
        states.show(asset)
    return model_of(states)


def test_events_after_the_snapshot_count_and_those_before_do_not(
    qtbot: QtBot, states: LiveStates, session: Session
) -> None:
    model = loaded(qtbot, states)
    session.partitions_changed.emit(event(10, {0: State.FAILED}))
    session.partitions_changed.emit(event(11, {1: State.COMPLETED}))
    assert model.states.tolist() == [State.MISSING, State.COMPLETED, State.MISSING, State.MISSING]


def test_events_that_come_while_the_snapshot_is_under_way_are_not_lost(
    qtbot: QtBot, states: LiveStates, session: Session
) -> None:
    with qtbot.waitSignal(states.loaded):
        states.show("kept")
        session.partitions_changed.emit(event(9, {0: State.FAILED}))
        session.partitions_changed.emit(event(12, {3: State.RUNNING}))
    qtbot.waitUntil(lambda: model_of(states).states.tolist()[3] == State.RUNNING)
    assert model_of(states).states.tolist()[0] == State.MISSING


def test_another_asset_and_another_definition_change_nothing(
    qtbot: QtBot, states: LiveStates, session: Session
) -> None:
    model = loaded(qtbot, states)
    session.partitions_changed.emit(event(11, {0: State.FAILED}, asset="other"))
    session.partitions_changed.emit(event(11, {0: State.FAILED}, fingerprint="edited"))
    assert not model.states.any()


def test_a_partition_beyond_the_last_brings_a_new_snapshot(qtbot: QtBot, states: LiveStates, session: Session) -> None:
    loaded(qtbot, states)
    session.engine.position = 20
    with qtbot.waitSignal(states.loaded):
        session.partitions_changed.emit(event(11, {7: State.COMPLETED}))
    assert session.engine.asked == 2


def test_an_asset_without_partitions_tells_its_changes(qtbot: QtBot, states: LiveStates, session: Session) -> None:
    loaded(qtbot, states, "whole")
    assert not states.is_partitioned
    assert states.fingerprint is None
    with qtbot.waitSignal(states.changed):
        session.partitions_changed.emit(event(11, {0: State.COMPLETED}, asset="whole"))
