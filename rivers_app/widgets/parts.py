"""Small parts every page is made of, each with its object name, accessible name and role in the style sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rivers_app.theme import METRICS
from rivers_app.widgets.elided_label import ElidedLabel

ICON_SIZE: Final = QSize(16, 16)
Box = TypeVar("Box", bound=QBoxLayout)
Spin = TypeVar("Spin", bound=QAbstractSpinBox)
Part = QWidget | QLayout | int | None


def label(
    text: str, name: str, role: str = "", *, wraps: bool = False, elides: bool = False, selectable: bool = False
) -> QLabel:
    """A text; `role` is one of the style sheet's (title, heading, muted, small, error, code).

    One that may be of any length wraps or elides, so that no window has to become as wide as it is.
    """
    made = ElidedLabel(text) if elides else QLabel(text)
    made.setObjectName(name)
    made.setWordWrap(wraps)
    if wraps:
        made.setMinimumWidth(1)  # else the longest word would be the least width
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def button(
    text: str,
    name: str,
    clicked: Callable[[], object] | None = None,
    *,
    role: str = "",
    icon: QIcon | None = None,
    tip: str = "",
    checkable: bool = False,
) -> QPushButton:
    """A push button; `role` is one of the style sheet's (primary, danger, quiet, link)."""
    # Qt puts an icon right beside the text.
    made = QPushButton(f" {text}" if icon is not None else text)
    made.setObjectName(name)
    made.setAccessibleName(spoken(text))
    made.setCheckable(checkable)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    if icon is not None:
        made.setIcon(icon)
        made.setIconSize(ICON_SIZE)
    if tip:
        made.setToolTip(tip)
    if clicked is not None:
        made.clicked.connect(lambda _checked=False: clicked())
    return made


def retitle(made: QPushButton, text: str) -> None:
    """Give a button another text, for eyes and ears alike."""
    made.setText(f" {text}" if not made.icon().isNull() else text)
    made.setAccessibleName(spoken(text))


def tool_button(
    name: str, icon: QIcon, accessible_name: str, clicked: Callable[[], object] | None = None
) -> QToolButton:
    """A button that is only an icon; its accessible name is its tool tip as well."""
    made = QToolButton()
    made.setObjectName(name)
    made.setIcon(icon)
    made.setIconSize(ICON_SIZE)
    made.setAccessibleName(accessible_name)
    made.setToolTip(accessible_name)
    if clicked is not None:
        made.clicked.connect(lambda _checked=False: clicked())
    return made


def combo_box(name: str, accessible_name: str, *, letters: int = 0) -> QComboBox:
    """A box to choose from.

    `letters` is its least width where names of any length are offered, so that they don't widen the window.
    On Linux a screen reader is told what is chosen in place of the name, so that the description says it again.
    """
    made = QComboBox()
    if letters:
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(letters)
    made.setObjectName(name)
    made.setAccessibleName(accessible_name)
    made.setAccessibleDescription(accessible_name)
    return made


def indented(box: Spin) -> Spin:
    """The box with some room at the left of its text, which no style sheet can give it."""
    field = box.findChild(QLineEdit)
    if field is not None:
        field.setTextMargins(METRICS.space_1 + 2, 0, 0, 0)
    return box


def row(*parts: Part, spacing: int = METRICS.space_2) -> QHBoxLayout:
    """Parts beside each other: a number is that much space, None is all the space that is left."""
    return _filled(QHBoxLayout(), parts, spacing, 0)


def column(*parts: Part, spacing: int = METRICS.space_3, margin: int = 0) -> QVBoxLayout:
    """Parts under each other, as in `row`."""
    return _filled(QVBoxLayout(), parts, spacing, margin)


def _filled(layout: Box, parts: tuple[Part, ...], spacing: int, margin: int) -> Box:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
    return layout


def rule() -> QFrame:
    """A thin line between blocks."""
    made = QFrame()
    made.setObjectName("rule")
    made.setProperty("rule", "horizontal")
    return made


def dressed(widget: QWidget, name: str, value: str) -> None:
    """Change a property the style sheet looks at, and the look with it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def spoken(text: str) -> str:
    """A button's text as it is read out: without the mark of its mnemonic and the ellipsis."""
    return text.replace("&", "").removesuffix("…")
