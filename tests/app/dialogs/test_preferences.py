"""The preferences: what is stored is shown, and every change is told at once."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QSpinBox

from rivers_app.dialogs.preferences import PreferencesDialog
from rivers_app.palettes import Scheme, StateColors
from rivers_app.settings import Preferences
from tests import hands

LIKED = Preferences(
    scheme=Scheme.DARK,
    state_colors=StateColors.CLASSIC,
    text_scale=1.15,
    workers=6,
    backfills_at_once=3,
    history_days=90,
    notify_ends=False,
)


@pytest.fixture
def show(qtbot, shell):
    def show(liked=LIKED, *, has_project=True):
        shell.settings.preferences = liked
        dialog = PreferencesDialog(shell, has_project=has_project)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return show


def test_it_begins_with_what_is_liked(show):
    dialog = show()
    assert dialog.preferences == LIKED
    chosen = {name: hands.part(dialog, QComboBox, name).currentText() for name in ("preferredTheme", "preferredColors")}
    assert chosen == {"preferredTheme": "Dark", "preferredColors": "Green and red"}
    assert hands.part(dialog, QComboBox, "preferredTextSize").currentText() == "Large"
    assert hands.part(dialog, QComboBox, "preferredHistory").currentText() == "For 90 days"
    assert hands.part(dialog, QSpinBox, "preferredWorkers").value() == 6
    assert not hands.part(dialog, QCheckBox, "preferredNotify").isChecked()


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (lambda dialog: hands.choose_text(dialog, "preferredTheme", "As the system"), "scheme", None),
        (lambda dialog: hands.choose_text(dialog, "preferredTextSize", "Largest"), "text_scale", 1.5),
        (lambda dialog: hands.choose_text(dialog, "preferredHistory", "For ever"), "history_days", None),
        (lambda dialog: hands.count_to(dialog, "preferredAtOnce", 5), "backfills_at_once", 5),
        (lambda dialog: hands.count_to(dialog, "preferredWorkers", 2), "workers", 2),
        (lambda dialog: hands.part(dialog, QSpinBox, "preferredWorkers").setValue(0), "workers", None),
        (lambda dialog: hands.part(dialog, QCheckBox, "preferredAwake").click(), "keep_awake", False),
        (lambda dialog: hands.part(dialog, QCheckBox, "preferredReopen").click(), "reopen_last_project", False),
    ],
)
def test_every_change_is_told_and_changes_nothing_else(show, qtbot, change, field, value):
    dialog = show()
    with qtbot.waitSignal(dialog.chosen) as told:
        change(dialog)
    (preferences,) = told.args
    assert getattr(preferences, field) == value
    others = {name for name in Preferences.__dataclass_fields__ if name != field}
    assert {name: getattr(preferences, name) for name in others} == {name: getattr(LIKED, name) for name in others}


def test_history_is_cleaned_only_where_there_is_a_project_and_a_limit(show):
    assert hands.part(show(), QPushButton, "cleanHistoryButton").isEnabled()
    assert not hands.part(show(has_project=False), QPushButton, "cleanHistoryButton").isEnabled()
    dialog = show(Preferences())
    assert not hands.part(dialog, QPushButton, "cleanHistoryButton").isEnabled()
    hands.choose_text(dialog, "preferredHistory", "For a year")
    assert hands.part(dialog, QPushButton, "cleanHistoryButton").isEnabled()


def test_text_that_gets_larger_while_it_is_open_is_not_cut(show, shell, qtbot):
    dialog = show()
    appearance = shell.appearance
    appearance.choose(scheme=None, state_colors=StateColors.DISTINCT, text_scale=1.5)
    parts = [part for kind in (QLabel, QCheckBox) for part in dialog.findChildren(kind)]
    assert parts

    def cut() -> list[str]:
        narrow = [part for part in parts if part.width() < part.minimumSizeHint().width()]
        outside = [part for part in parts if part.geometry().right() > dialog.width()]
        return [part.objectName() for part in narrow + outside]

    qtbot.waitUntil(lambda: not cut(), timeout=20_000)
