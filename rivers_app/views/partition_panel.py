"""The panel beside the grid: one partition's state, last attempt, error and output, and what to do with it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from rivers_app.models.partition_text import attempt_text, key_text, output_facts, output_text, stale_reason
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.empty_state import EmptyState
from rivers_app.widgets.partition_state_label import PartitionStateLabel
from rivers_app.widgets.parts import button, column, label, retitle, row, rule
from rivers_app.wording import plural
from rivers_core.states import PartitionState, RunState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.records import PartitionRecord

_AGES_MILLISECONDS: Final = 10_000
_NOTHING_TITLE: Final = "No partition selected"
_NOTHING_TEXT: Final = "Click a cell to see how it is."


class PartitionPanel(QFrame):
    """Shows the partition it is told to and asks for it again when it changes."""

    backfill_requested = Signal()
    """The partition shown is to be run again."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._asset = ""
        self._ordinal: int | None = None
        self._record: PartitionRecord | None = None
        self.setObjectName("partitionPanel")
        self.setAccessibleName("Partition")
        self.setProperty("card", True)
        self._create_parts()
        self._lay_out()
        self._show_nothing()
        self._clock = QTimer(self, interval=_AGES_MILLISECONDS)
        self._clock.timeout.connect(lambda: self.tell_ages(time.time()))
        self._clock.start()

    @property
    def record(self) -> PartitionRecord | None:
        return self._record

    def set_session(self, session: ProjectSession | None) -> None:
        self._session = session
        self.show_partition("", None)

    def show_partition(self, asset: str, ordinal: int | None) -> None:
        """`ordinal` is -1 for an asset without partitions, None for no partition."""
        self._asset, self._ordinal = asset, ordinal
        if ordinal is None:
            self.show_selection(0)
        else:
            self.refresh()

    def show_record(self, record: PartitionRecord, reason: str) -> None:
        """Show what is known of a partition; `reason` says why it is stale, "" if it is not."""
        self._record = record
        self.tell_ages(time.time())
        self._key.setText(key_text(record))
        self._state.show_state(record.state)
        has_failed = record.error is not None and record.attempt_state is RunState.FAILED
        self._error.setText(record.error.summary if record.error is not None and has_failed else "")
        self._reason.setText(reason)
        retitle(self._rerun, "Rerun…" if record.attempt_run is not None else "Run…")
        facts = output_facts(record)
        self._facts.setText(facts)
        for part, is_shown in (
            (self._attempt, record.attempt_run is not None),
            (self._error_title, has_failed),
            (self._error, has_failed),
            (self._facts, bool(facts)),
            (self._reason, bool(reason)),
        ):
            part.setVisible(is_shown)
        self._run.setEnabled(record.has_run)
        self._log.setEnabled(record.has_run)
        self._view.setEnabled(record.materialization is not None)
        self._pages.setCurrentIndex(1)

    def show_selection(self, count: int, states: str = "") -> None:
        """While no single partition is shown: how many are selected, and their states in words."""
        if count:
            self._nothing.say(f"{plural(count, 'partition')} selected", states)
        else:
            self._nothing.say(_NOTHING_TITLE, _NOTHING_TEXT)
        if self._ordinal is None:
            self._show_nothing()

    def tell_ages(self, now: float) -> None:
        """Say how long ago things were at `now`, in seconds since the epoch."""
        if self._record is not None:
            self._attempt.setText(attempt_text(self._record, now))
            self._output.setText(output_text(self._record, now))

    def refresh(self) -> None:
        """Ask again how the partition is."""
        if self._session is not None and self._ordinal is not None:
            self._shell.tasks.start(self, self._load(self._session, self._asset, self._ordinal), key="load")

    async def _load(self, session: ProjectSession, asset: str, ordinal: int) -> None:
        record = await self._shell.background(session.engine.partition, asset, ordinal)
        reason = await self._stale_reason(session, record)
        if (asset, ordinal) == (self._asset, self._ordinal):
            self.show_record(record, reason)

    async def _stale_reason(self, session: ProjectSession, record: PartitionRecord) -> str:
        spec = session.spec.asset(record.asset) if session.spec is not None else None
        if record.state is not PartitionState.STALE or spec is None:
            return ""
        causes = await self._shell.background(session.engine.stale_causes, record.asset)
        upstream = [cause.upstream for cause in causes if cause.upstream is not None]
        return stale_reason(record, spec.code_version, upstream)

    def _create_parts(self) -> None:
        icons, navigation = self._shell.icons, self._shell.navigation
        self._nothing = EmptyState(self._shell, icon="grid-3x3", title=_NOTHING_TITLE, text=_NOTHING_TEXT)
        self._key = label("", "partitionKey", "heading", wraps=True, selectable=True)
        self._state = PartitionStateLabel(self._shell, "partitionState")
        self._attempt = label("", "partitionAttempt", "muted", wraps=True)
        self._error_title = label("Error", "partitionErrorTitle", "key")
        self._error = label("", "partitionError", "error", wraps=True, selectable=True)
        self._output_title = label("Output", "partitionOutputTitle", "key")
        self._output = label("", "partitionOutput", wraps=True, selectable=True)
        self._reason = label("", "staleReason", wraps=True, selectable=True)
        self._facts = label("", "partitionFacts", "small", wraps=True, selectable=True)
        self._run = button("Open Run", "openRunButton", self._on_run_clicked, icon=icons.icon("play"))
        self._log = button("Log", "openLogButton", self._on_run_clicked, icon=icons.icon("terminal"))
        rerun = self.backfill_requested.emit
        self._rerun = button("Rerun…", "rerunPartitionButton", rerun, icon=icons.icon("rotate-ccw"))
        self._view = button("View Output", "viewOutputButton", icon=icons.icon("eye"))
        self._view.clicked.connect(lambda _checked=False: navigation.open_output(self._asset, self._ordinal or 0))
        self._pages = QStackedWidget()
        self._pages.setObjectName("partitionPages")

    def _lay_out(self) -> None:
        for text in (self._key, self._attempt, self._error, self._output, self._reason, self._facts):
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        words = QWidget()
        words.setObjectName("partitionWords")
        words.setProperty("surface", "none")
        # As high as its texts need at their width: the least height that Qt asks for is that of a narrow column.
        words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        words.setLayout(
            column(
                self._key,
                row(self._state, None),
                self._attempt,
                column(self._error_title, self._error, spacing=METRICS.space_1),
                column(self._output_title, self._output, self._reason, self._facts, spacing=METRICS.space_1),
                None,
                spacing=METRICS.space_2,
                margin=METRICS.space_4,
            )
        )
        area = QScrollArea()
        area.setObjectName("partitionArea")
        area.setAccessibleName("Partition")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(words)
        buttons = column(row(self._run, self._rerun), row(self._log, self._view), spacing=METRICS.space_2)
        buttons.setContentsMargins(METRICS.space_4, METRICS.space_3, METRICS.space_4, METRICS.space_4)
        known = QWidget()
        known.setObjectName("partitionKnown")
        known.setLayout(column(area, rule(), buttons, spacing=0))
        self._pages.addWidget(self._nothing)
        self._pages.addWidget(known)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self._pages)
        self.setMinimumWidth(240)

    def _show_nothing(self) -> None:
        self._record = None
        self._pages.setCurrentIndex(0)

    def _on_run_clicked(self) -> None:
        if self._record is not None and self._record.attempt_run is not None:
            self._shell.navigation.open_run(self._record.attempt_run)
