"""Tags as one line of text: `team=data, reason=late files`."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from rivers_app.theme import METRICS
from rivers_app.widgets.parts import column, dressed, label

Tags = tuple[tuple[str, str], ...]


class TagEditor(QWidget):
    """A field for tags; `tags` is None while what is written makes none."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tagEditor")
        self._tags: Tags | None = ()
        self._field = QLineEdit()
        self._field.setObjectName("tagField")
        self._field.setAccessibleName("Tags")
        self._field.setPlaceholderText("team=data, reason=late files")
        self._problem = label("", "tagProblem", "error", wraps=True)
        self._problem.hide()
        self._field.textChanged.connect(self._on_text_changed)
        self.setLayout(column(self._field, self._problem, spacing=METRICS.space_1))

    @property
    def tags(self) -> Tags | None:
        return self._tags

    def set_tags(self, tags: Tags) -> None:
        self._field.setText(", ".join(f"{name}={value}" for name, value in tags))

    def _on_text_changed(self, text: str) -> None:
        try:
            self._tags, problem = parse_tags(text), ""
        except ValueError as error:
            self._tags, problem = None, str(error)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        dressed(self._field, "invalid", "true" if problem else "false")
        self.changed.emit()


def parse_tags(text: str) -> Tags:
    """The tags of a line; ValueError with a sentence for a part that is not `name=value` or a name given twice."""
    tags: dict[str, str] = {}
    for part in (part.strip() for part in text.split(",")):
        if not part:
            continue
        name, separator, value = (piece.strip() for piece in part.partition("="))
        if not separator or not name or not value:
            raise ValueError(f"“{part}” is no tag: write name=value, with commas between tags.")
        if name in tags:
            raise ValueError(f"The tag “{name}” is there twice.")
        tags[name] = value
    return tuple(tags.items())
