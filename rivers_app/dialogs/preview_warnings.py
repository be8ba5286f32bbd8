"""What to know before a plan is launched, a line each, with the remedy where there is one."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import ICON_SIZE, button, label, row
from rivers_app.wording import count
from rivers_core.planning.plan import BackfillPlan, PlanWarning

_KEYS_NAMED: Final = 5


class PreviewWarnings(QWidget):
    """Shows the warnings of a plan; takes no room without any."""

    upstream_wanted = Signal()
    """The missing upstream partitions are to run first."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._icons: list[QLabel] = []
        self.setObjectName("previewWarnings")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(METRICS.space_1)
        shell.appearance.theme_changed.connect(self._on_theme_changed)

    def show_plan(self, plan: BackfillPlan) -> None:
        self._icons = []
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, warning in enumerate(plan.warnings):
            self._layout.addWidget(self._line(at, warning))
        if plan.skipped_keys:
            skipped = PlanWarning("skipped_keys", _skipped(plan.skipped_keys))
            self._layout.addWidget(self._line(len(plan.warnings), skipped))
        self._on_theme_changed()
        self.setVisible(bool(plan.warnings or plan.skipped_keys))

    def _on_theme_changed(self) -> None:
        sign = self._shell.icons.icon("triangle-alert", "warning").pixmap(ICON_SIZE, self.devicePixelRatioF())
        for icon in self._icons:
            icon.setPixmap(sign)

    def _line(self, at: int, warning: PlanWarning) -> QWidget:
        line = QWidget()
        line.setObjectName(f"previewWarningLine{at}")
        icon = label("", f"previewWarningIcon{at}")
        self._icons.append(icon)
        message = label(warning.message, f"previewWarning{at}", wraps=True, selectable=True)
        parts: QHBoxLayout = row(icon, message)
        parts.setAlignment(icon, Qt.AlignmentFlag.AlignVCenter)
        parts.setStretch(1, 1)
        if warning.kind == "upstream_missing":
            parts.addWidget(button("Add Them", f"addUpstream{at}", self.upstream_wanted.emit))
        line.setLayout(parts)
        return line


def _skipped(keys: tuple[str, ...]) -> str:
    more = f" and {count(len(keys) - _KEYS_NAMED)} more" if len(keys) > _KEYS_NAMED else ""
    return f"Not there any more, so left out: {', '.join(keys[:_KEYS_NAMED])}{more}."
