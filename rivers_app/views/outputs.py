"""The Outputs page: a partition's stored value as a table, or as text; a worker reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from rivers_app.bridge.background import Lane
from rivers_app.dialogs.verifying import may_mark_missing
from rivers_app.models.output_table import OutputTableModel
from rivers_app.models.partition_text import spaced_key, written_key
from rivers_app.notices import Kind, Notice
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.copied_rows import rows_as_text
from rivers_app.widgets.empty_state import EmptyState
from rivers_app.widgets.parts import button, combo_box, dressed, label, row, tool_button
from rivers_app.widgets.record_table import RecordTable
from rivers_app.wording import count, plural
from rivers_core.exceptions import PartitionValidationError, RiversError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.location.answers import OutputPreview
    from rivers_core.location.spec import RepositorySpec
    from rivers_core.partitions.definitions import PartitionsDefinition

ROWS_SHOWN: Final = 1000
_TYPING_MILLISECONDS: Final = 350
_NOTHING: Final = (
    "No output chosen",
    "Choose an asset and a partition above, or press View Output beside the grid.",
)


class OutputsPage(QWidget):
    """An asset and a partition key are chosen above; the previous and next partition are a click away."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._definition: PartitionsDefinition | None = None
        self._ordinal = -1
        self.setObjectName("outputsPage")
        self.setProperty("surface", "content")
        self._create_parts()
        self._lay_out()

    def set_session(self, session: ProjectSession | None) -> None:
        if self._session is not None:
            self._session.spec_changed.disconnect(self._on_spec_changed)
        self._session = session
        self._offer(())
        self._show_nothing()
        if session is not None:
            session.spec_changed.connect(self._on_spec_changed)
            if session.spec is not None:
                self._on_spec_changed(session.spec)

    def focus_filter(self) -> None:
        self._key.setFocus()
        self._key.selectAll()

    def show_output(self, asset: str, ordinal: int) -> None:
        """Show one partition's output; -1 for an asset without partitions."""
        self._asset.blockSignals(True)
        self._asset.setCurrentIndex(self._asset.findText(asset))
        self._asset.blockSignals(False)
        self._take_asset(asset, ordinal)

    def verify(self, asset: str = "") -> None:
        """Look whether the stored outputs of an asset are still there; by default of the one that is shown."""
        if asset and asset != self._asset.currentText():
            self.show_output(asset, 0)
        self._on_verify_clicked()

    def _create_parts(self) -> None:
        icons = self._shell.icons
        self._asset = combo_box("outputAsset", "Asset", letters=16)
        self._asset.currentTextChanged.connect(lambda name: self._take_asset(name, 0))
        self._key = QLineEdit()
        self._key.setObjectName("outputKey")
        self._key.setAccessibleName("Partition key")
        self._key.setPlaceholderText("Partition key")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MILLISECONDS)
        self._typing.timeout.connect(self._on_key_typed)
        self._key.textEdited.connect(lambda _text: self._typing.start())
        self._key.returnPressed.connect(self._on_key_typed)
        self._before = tool_button(
            "outputBefore", icons.icon("chevron-left"), "Previous partition", lambda: self._step(-1)
        )
        self._after = tool_button("outputAfter", icons.icon("chevron-right"), "Next partition", lambda: self._step(1))
        self._open = button("Open in Grid", "outputOpenAsset", self._on_open_clicked)
        self._facts = label("", "outputFacts", "muted", wraps=True, selectable=True)
        self._model = OutputTableModel(self)
        self._table = RecordTable("outputTable", "Rows of the output", self._model)
        self._text = QPlainTextEdit()
        self._text.setObjectName("outputText")
        self._text.setAccessibleName("Value of the output")
        self._text.setReadOnly(True)
        self._text.setProperty("role", "code")
        self._verify = button("Verify…", "verifyOutputs", self._on_verify_clicked, icon=icons.icon("shield-check"))
        self._verify.setToolTip("Look whether all stored outputs of this asset are still there")
        self._copy = button("Copy", "outputCopy", self._on_copy_clicked, icon=icons.icon("copy"))
        self._copy.setAccessibleName("Copy the Output")
        self._verify.setAccessibleName("Verify Outputs")
        self._empty = EmptyState(
            self._shell,
            icon="table-2",
            title=_NOTHING[0],
            text=_NOTHING[1],
        )

    def _lay_out(self) -> None:
        self._stack = QStackedWidget(self)
        self._stack.setObjectName("outputsStack")
        choose = row(self._asset, self._key, self._before, self._after, self._open, self._verify, self._copy)
        choose.setStretch(0, 1)
        choose.setStretch(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_4, METRICS.space_4, METRICS.space_4, METRICS.space_3)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label("Outputs", "outputsTitle", "title"))
        layout.addLayout(choose)
        layout.addWidget(self._facts)
        layout.addWidget(self._stack, 1)
        self._copy.setEnabled(False)
        self._stack.currentChanged.connect(lambda at: self._copy.setEnabled(at > 0))
        for part in (self._empty, self._table, self._text):
            self._stack.addWidget(part)

    def _show_nothing(self) -> None:
        self._definition = None
        self._ordinal = -1
        self._key.clear()
        self._facts.clear()
        self._empty.say(*_NOTHING)
        self._stack.setCurrentWidget(self._empty)

    def _offer(self, assets: Sequence[str]) -> None:
        """Let these be chosen; the one that was stays chosen if it is among them."""
        chosen = self._asset.currentText()
        self._asset.blockSignals(True)
        self._asset.clear()
        self._asset.addItems(assets)
        self._asset.setCurrentIndex(max(0, self._asset.findText(chosen)))
        self._asset.blockSignals(False)
        for part in (self._asset, self._key, self._open, self._verify):
            part.setEnabled(bool(assets))

    def _on_spec_changed(self, spec: RepositorySpec) -> None:
        chosen = self._asset.currentText()
        self._offer([asset.name for asset in spec.assets])
        if self._asset.currentText() != chosen:
            self._show_nothing()
        if self._session is not None and (asset := self._asset.currentText()):
            self._shell.tasks.start(self, self._know_asset(self._session, asset), key="asset")

    async def _know_asset(self, session: ProjectSession, asset: str) -> None:
        """Learn the keys of the asset that stands chosen, so that one can be written at once."""
        definition = await self._shell.background(session.engine.definition, asset)
        if session is self._session and asset == self._asset.currentText():
            self._set_definition(definition)
            self._let_step()
            if definition is None and self._stack.currentWidget() is self._empty:
                await self._load(session, asset, -1)  # there is nothing more to choose

    def _take_asset(self, asset: str, ordinal: int) -> None:
        if self._session is not None and asset:
            self._shell.tasks.start(self, self._load_asset(self._session, asset, ordinal), key="output")

    async def _load_asset(self, session: ProjectSession, asset: str, ordinal: int) -> None:
        definition = await self._shell.background(session.engine.definition, asset)
        if session is not self._session:
            return
        self._set_definition(definition)
        await self._load(session, asset, ordinal if self._definition is not None else -1)

    def _set_definition(self, definition: PartitionsDefinition | None) -> None:
        self._definition = definition
        for part in (self._key, self._before, self._after):
            part.setVisible(definition is not None)
        if definition is not None and definition.size():
            self._key.setPlaceholderText(f"Partition key, such as {spaced_key(definition.label_at(0))}")

    async def _load(self, session: ProjectSession, asset: str, ordinal: int) -> None:
        self._show_key(ordinal)
        try:
            preview = await self._shell.background(session.engine.output, asset, ordinal, ROWS_SHOWN, lane=Lane.PLAN)
        except RiversError as error:
            if session is self._session:
                self._empty.say("No output to show", str(error))
                self._facts.setText("")
                self._stack.setCurrentWidget(self._empty)
            return
        if session is self._session:
            self._show_preview(preview)

    def _show_key(self, ordinal: int) -> None:
        self._ordinal = ordinal
        definition = self._definition
        self._typing.stop()
        dressed(self._key, "invalid", "false")
        if definition is not None:
            self._key.setText(spaced_key(definition.label_at(ordinal)) if 0 <= ordinal < definition.size() else "")
            self._let_step()

    def _let_step(self) -> None:
        size = self._definition.size() if self._definition is not None else 0
        self._before.setEnabled(self._ordinal > 0)
        self._after.setEnabled(self._ordinal < size - 1)

    def _show_preview(self, preview: OutputPreview) -> None:
        if preview.text is not None:
            self._text.setPlainText(preview.text)
            self._facts.setText("A stored value, as text")
            self._stack.setCurrentWidget(self._text)
            return
        self._model.show_rows(preview.columns, preview.types, preview.rows)
        self._table.resizeColumnsToContents()
        total = preview.total if preview.total is not None else len(preview.rows)
        shown = f", the first {count(len(preview.rows))} shown" if total > len(preview.rows) else ""
        self._facts.setText(f"{plural(total, 'row')}{shown}, {plural(len(preview.columns), 'column')}")
        self._stack.setCurrentWidget(self._table)

    def _step(self, by: int) -> None:
        if self._session is not None:
            asset = self._asset.currentText()
            self._shell.tasks.start(self, self._load(self._session, asset, self._ordinal + by), key="output")

    def _on_key_typed(self) -> None:
        if self._definition is None or self._session is None:
            return
        try:
            ordinal = self._definition.ordinal_of(written_key(self._key.text(), self._definition))
        except PartitionValidationError as error:
            dressed(self._key, "invalid", "true")
            self._facts.setText(str(error))
            return
        if ordinal != self._ordinal:
            asset = self._asset.currentText()
            self._shell.tasks.start(self, self._load(self._session, asset, ordinal), key="output")

    def _on_verify_clicked(self) -> None:
        if self._session is not None and (asset := self._asset.currentText()):
            self._shell.tasks.start(self, self._verify_outputs(self._session, asset), key="verify")

    async def _verify_outputs(self, session: ProjectSession, asset: str) -> None:
        ask, notices = self._shell.background, self._shell.notices
        self._verify.setEnabled(False)
        try:
            lost = await ask(session.engine.lost_outputs, asset, lane=Lane.PLAN)
        finally:
            self._verify.setEnabled(self._asset.count() > 0)
        if lost is None:
            text = f"The outputs of {asset} cannot be verified: its IO handler does not say what it has stored."
            notices.show(Notice(Kind.NOTICE, text, key="verified"))
        elif not lost:
            notices.show(Notice(Kind.SUCCESS, f"All stored outputs of {asset} are there.", key="verified"))
        else:
            definition = await ask(session.engine.definition, asset)
            if await may_mark_missing(self._shell, self.window(), asset, definition, lost):
                await ask(session.engine.mark_missing, asset, lost, lane=Lane.COMMAND)
                text = f"{plural(len(lost), 'partition')} of {asset} marked missing."
                notices.show(Notice(Kind.SUCCESS, text, key="verified"))

    def _on_open_clicked(self) -> None:
        if self._asset.currentText():
            self._shell.navigation.open_asset(self._asset.currentText(), self._ordinal)

    def _on_copy_clicked(self) -> None:
        if self._stack.currentWidget() is self._text:
            QGuiApplication.clipboard().setText(self._text.toPlainText())
            return
        QGuiApplication.clipboard().setText(rows_as_text(self._model, range(self._model.rowCount())))
