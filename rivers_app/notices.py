"""What the app has to say to the person: errors and news, kept until they are dismissed."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from rivers_core.exceptions import CodeLocationError, RiversError

log = logging.getLogger(__name__)


class Kind(StrEnum):
    """How grave a notice is; the words are the style sheet's."""

    NOTICE = "notice"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """A button of a notice; choosing it also dismisses the notice."""

    text: str
    chosen: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: a sentence, details to copy, and what can be done; a later one with the same `key` replaces it.

    A `passing` one goes by itself once it was read, as a success does.
    """

    kind: Kind
    text: str
    details: str = ""
    actions: tuple[NoticeAction, ...] = ()
    key: str = ""
    passing: bool = False


def notice_of(error: BaseException, actions: tuple[NoticeAction, ...] = (), key: str = "") -> Notice:
    """The notice for an error: a user's error in its own sentence, a bug with its traceback to copy."""
    match error:
        case CodeLocationError():
            return Notice(Kind.DANGER, str(error), error.details, actions, key or "code")
        case RiversError():
            return Notice(Kind.DANGER, str(error), "", actions, key or str(error))
        case _:
            details = "".join(traceback.format_exception(error))
            text = "Something went wrong inside Rivers Desktop. What was stored before is kept. Try again."
            return Notice(Kind.DANGER, text, details, actions, key or f"bug: {type(error).__name__}: {error}")


class Notices(QObject):
    """Hands notices to the window that shows them."""

    shown = Signal(object)
    """A `Notice` to show."""
    dismissed = Signal(str)
    """The key of a notice that no longer holds."""

    def show(self, notice: Notice) -> None:
        self.shown.emit(notice)

    def dismiss(self, key: str) -> None:
        self.dismissed.emit(key)

    def report(self, error: BaseException) -> None:
        """Show an error; one that no user can act on is a bug and is logged as well."""
        self.log_bug(error)
        self.show(notice_of(error))

    def log_bug(self, error: BaseException) -> None:
        """Log an error unless it is one that a user can act on."""
        if not isinstance(error, RiversError):
            log.error("A bug in the app", exc_info=error)
