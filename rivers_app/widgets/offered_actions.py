"""What can be done with the parts that are on the screen, so that the search can offer it as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, runtime_checkable

import shiboken6
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QPushButton, QTabBar, QTabWidget, QToolButton, QWidget

from rivers_app.widgets.parts import spoken

SAID_AS: Final = "saidAs"
"""The property of a button that names what it does where its text tells something else, such as a count."""


@runtime_checkable
class OffersActions(Protocol):
    """A widget with actions of its own, such as those of its context menu."""

    def offered_actions(self) -> Sequence[QAction]:
        """Those that can be done now are enabled."""
        ...


@dataclass(frozen=True, slots=True)
class OfferedAction:
    """One of them; `detail` says where it is."""

    title: str
    detail: str
    chosen: Callable[[], object]


def offered_by(part: QWidget) -> Iterator[OfferedAction]:
    """Every button that can be pressed now, every entry of its menu, every tab, and the actions of grids."""
    for widget in part.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QAbstractButton):
            yield from _of_button(widget)
        elif isinstance(widget, QTabWidget):
            yield from _of_tabs(widget)
        elif isinstance(widget, OffersActions):
            yield from (
                _of_action(action, widget.accessibleName()) for action in widget.offered_actions() if _can(action)
            )


def title_of(button: QAbstractButton) -> str:
    """What a button does, in words: its text or its accessible name, whichever says more."""
    said = button.property(SAID_AS)
    return str(said) if said else max(spoken(button.text().strip()), button.accessibleName(), key=len)


def _of_button(button: QAbstractButton) -> Iterator[OfferedAction]:
    if not button.isEnabled() or not button.objectName() or isinstance(button.parentWidget(), QTabBar):
        return
    title = title_of(button)
    menu = button.menu() if isinstance(button, QPushButton | QToolButton) else None
    if menu is None:
        yield OfferedAction(title, "On this page", partial(_press, button))
    else:
        yield from (_of_action(action, title) for action in menu.actions() if _can(action))
    yield from (_of_action(action, title) for action in button.actions() if _can(action))


def _of_tabs(tabs: QTabWidget) -> Iterator[OfferedAction]:
    for at in range(tabs.count()):
        if tabs.isTabVisible(at) and tabs.isTabEnabled(at) and at != tabs.currentIndex():
            yield OfferedAction(tabs.tabText(at), f"Tab of {tabs.accessibleName()}", partial(_turn_to, tabs, at))


def _of_action(action: QAction, detail: str) -> OfferedAction:
    return OfferedAction(spoken(action.text()), detail, partial(_trigger, action))


def _can(action: QAction) -> bool:
    return action.isEnabled() and bool(action.text()) and not action.isSeparator()


# The parts may have gone by the time one of them is chosen.


def _press(button: QAbstractButton) -> None:
    if shiboken6.isValid(button) and button.isVisible() and button.isEnabled():
        button.click()


def _turn_to(tabs: QTabWidget, at: int) -> None:
    if shiboken6.isValid(tabs):
        tabs.setCurrentIndex(at)


def _trigger(action: QAction) -> None:
    if shiboken6.isValid(action) and action.isEnabled():
        action.trigger()
