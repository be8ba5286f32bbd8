"""Python's garbage, collected on the GUI thread."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer

from rivers_app.bridge.garbage import GuiGarbage

MINUTE = 60


class Circle:
    """Refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def garbage(qapp: object) -> Iterator[GuiGarbage]:
    made = GuiGarbage()
    made.start()
    yield made
    made.stop()


def look(garbage: GuiGarbage, times: int = 1) -> None:
    timer = garbage.findChild(QTimer)
    assert timer is not None
    for _ in range(times):
        timer.timeout.emit()


def left_behind() -> weakref.ref[Circle]:
    return weakref.ref(Circle())


def test_nothing_is_collected_between_two_looks(garbage: GuiGarbage) -> None:
    circle = left_behind()
    many = [[number] for number in range(200_000)]
    assert circle() is not None
    assert not gc.isenabled()
    assert len(many) == 200_000


def test_young_objects_are_collected_once_there_are_many(garbage: GuiGarbage) -> None:
    circle = left_behind()
    look(garbage)
    assert circle() is not None
    many = [[number] for number in range(10_000)]
    look(garbage)
    assert circle() is None
    assert many


def test_old_objects_are_collected_when_they_have_become_more(garbage: GuiGarbage) -> None:
    kept = [Circle()]
    gc.collect(1)  # it is old now
    circle = weakref.ref(kept.pop())
    look(garbage, MINUTE)
    assert circle() is None


def test_old_objects_that_have_not_become_more_are_left_alone(garbage: GuiGarbage) -> None:
    kept = [[number] for number in range(50_000)]
    look(garbage, MINUTE)
    circle = left_behind()
    gc.collect(1)
    circles = [Circle()]
    gc.collect(1)
    old = weakref.ref(circles.pop())
    look(garbage, MINUTE)
    assert circle() is None
    assert old() is not None
    assert kept


def test_what_was_there_when_all_settled_is_passed_over_until_it_is_released(garbage: GuiGarbage) -> None:
    circle = left_behind()
    garbage.settle()
    gc.collect()
    assert circle() is not None
    garbage.release()
    gc.collect()
    assert circle() is None


def test_the_program_collects_as_before_after_the_end(qapp: object) -> None:
    made = GuiGarbage()
    made.start()
    made.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
