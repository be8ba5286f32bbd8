"""The preferences: looks, backfills and projects; every change holds at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from rivers_app.dialogs.fitted import FittedDialog
from rivers_app.palettes import Scheme, StateColors
from rivers_app.settings import Preferences
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, column, combo_box, indented, label, row

_WIDTH: Final = 560
_MOST_WORKERS: Final = 256
_MOST_BACKFILLS: Final = 16
_AUTOMATIC: Final = 0

# Pairs of words and the value they stand for, as a combo box shows them.
Choices = Sequence[tuple[str, object]]

_SCHEMES: Final[Choices] = (("As the system", None), ("Light", Scheme.LIGHT), ("Dark", Scheme.DARK))
_COLORS: Final[Choices] = (
    ("For every eye", StateColors.DISTINCT),
    ("Green and red", StateColors.CLASSIC),
)
_TEXT_SIZES: Final[Choices] = (
    ("Small", 0.9),
    ("As the system", 1.0),
    ("Large", 1.15),
    ("Larger", 1.33),
    ("Largest", 1.5),
)
_HISTORY: Final[Choices] = (
    ("For ever", None),
    ("For a year", 365),
    ("For 90 days", 90),
    ("For 30 days", 30),
    ("For 7 days", 7),
)


class PreferencesDialog(FittedDialog):
    """Shows the settings' preferences and tells every change; whoever opened it stores and applies them."""

    chosen = Signal(object)
    """The new `Preferences`."""
    cleaning_wanted = Signal()
    """Take older history away now."""

    def __init__(self, shell: Shell, parent: QWidget | None = None, *, has_project: bool = False) -> None:
        super().__init__(parent)
        self._preferences = shell.settings.preferences
        self.setObjectName("preferencesDialog")
        self.setAccessibleName("Preferences")
        self.setWindowTitle("Preferences")
        self.setMinimumWidth(_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_6)
        layout.addLayout(self._looks())
        layout.addLayout(self._backfills())
        layout.addLayout(self._projects(has_project))
        layout.addStretch(1)
        close = button("Close", "closePreferencesButton", self.accept, role="primary")
        close.setDefault(True)
        layout.addLayout(row(label("Changes hold at once.", "preferencesHint", "small"), None, close))

    @property
    def preferences(self) -> Preferences:
        return self._preferences

    def _looks(self) -> QVBoxLayout:
        liked = self._preferences
        form = _form()
        form.addRow(*self._chooser("preferredTheme", "Theme", _SCHEMES, "scheme", liked.scheme))
        form.addRow(*self._chooser("preferredColors", "Colors of states", _COLORS, "state_colors", liked.state_colors))
        form.addRow(*self._chooser("preferredTextSize", "Text size", _TEXT_SIZES, "text_scale", liked.text_scale))
        return column(label("Looks", "looksTitle", "heading"), form)

    def _backfills(self) -> QVBoxLayout:
        liked = self._preferences
        form = _form()
        form.addRow(*self._workers(liked.workers))
        at_once = self._number("preferredAtOnce", "Backfills at once", 1, _MOST_BACKFILLS, liked.backfills_at_once)
        at_once.valueChanged.connect(lambda number: self._choose(backfills_at_once=number))
        form.addRow(_named("Backfills at once", at_once), at_once)
        more = "Further backfills wait for their turn."
        form.addRow("", label(more, "atOnceHint", "small"))
        notify = self._tick(
            "preferredNotify", "Notify me when a backfill ends while I do something else", "notify_ends"
        )
        awake = self._tick("preferredAwake", "Keep the computer awake while a backfill runs", "keep_awake")
        return column(label("Backfills", "backfillsTitle", "heading"), form, column(notify, awake, spacing=0))

    def _projects(self, has_project: bool) -> QVBoxLayout:
        liked = self._preferences
        form = _form()
        name, choice = self._chooser(
            "preferredHistory", "Keep the history", _HISTORY, "history_days", liked.history_days
        )
        clean = button("Clean Now…", "cleanHistoryButton", self.cleaning_wanted.emit)
        clean.setEnabled(has_project and liked.history_days is not None)
        choice.currentIndexChanged.connect(
            lambda _at: clean.setEnabled(has_project and self._preferences.history_days is not None)
        )
        line = row(choice, clean)
        line.setStretch(0, 1)
        form.addRow(name, line)
        # Lines are broken by hand: labels that wrap would let the rows of a form overlap.
        what = (
            "When a project is opened, backfills that ended longer ago go, with\n"
            "their runs and logs. Outputs and states of partitions stay."
        )
        form.addRow("", label(what, "historyHint", "small"))
        reopen = self._tick("preferredReopen", "Open the last project when the app starts", "reopen_last_project")
        return column(label("Projects", "projectsTitle", "heading"), form, reopen)

    def _chooser(self, name: str, text: str, choices: Choices, field: str, liked: object) -> tuple[QLabel, QComboBox]:
        made = combo_box(name, text)
        for words, value in choices:
            made.addItem(words, value)
        values = [value for _, value in choices]
        made.setCurrentIndex(values.index(liked) if liked in values else -1)
        made.currentIndexChanged.connect(lambda at: self._choose(**{field: values[at]}))
        return _named(text, made), made

    def _workers(self, liked: int | None) -> tuple[QLabel, QSpinBox]:
        made = self._number("preferredWorkers", "Workers", _AUTOMATIC, _MOST_WORKERS, liked or _AUTOMATIC)
        made.setSpecialValueText("Automatic")
        made.setToolTip("Runs that may be out at once, over all backfills of a project")
        made.valueChanged.connect(lambda number: self._choose(workers=number or None))
        return _named("Workers", made), made

    def _number(self, name: str, text: str, least: int, most: int, liked: int) -> QSpinBox:
        made = indented(QSpinBox())
        made.setObjectName(name)
        made.setAccessibleName(text)
        made.setRange(least, most)
        made.setValue(liked)
        return made

    def _tick(self, name: str, text: str, field: str) -> QCheckBox:
        made = QCheckBox(text)
        made.setObjectName(name)
        made.setAccessibleName(text)
        made.setChecked(bool(getattr(self._preferences, field)))
        made.toggled.connect(lambda on: self._choose(**{field: on}))
        return made

    def _choose(self, **fields: Any) -> None:  # fields of Preferences
        self._preferences = replace(self._preferences, **fields)
        self.chosen.emit(self._preferences)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(METRICS.space_4)
    form.setVerticalSpacing(METRICS.space_2)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def _named(text: str, field: QWidget) -> QLabel:
    name = label(text, f"{field.objectName()}Label")
    name.setBuddy(field)
    name.setMinimumSize(10 * METRICS.space_4, field.sizeHint().height())
    return name
