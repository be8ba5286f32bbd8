"""What can be done with selected backfills: pause, resume, cancel, rerun, delete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from rivers_app.bridge.background import Lane
from rivers_app.dialogs.new_code import resumed
from rivers_app.dialogs.question import Answer, asked
from rivers_app.navigation import BackfillDraft
from rivers_app.notices import Kind, Notice
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.parts import button, retitle
from rivers_app.wording import plural
from rivers_core.planning.asked import to_subset
from rivers_core.states import BackfillState

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_app.widgets.config_form import Config
    from rivers_core.planning.plan import BackfillPlan
    from rivers_core.records import BackfillRecord
    from rivers_core.reruns import Partitions

_PAUSABLE: Final = frozenset({BackfillState.REQUESTED, BackfillState.IN_PROGRESS})
_RESUMABLE: Final = frozenset({BackfillState.PAUSED, BackfillState.INTERRUPTED})
_CANCELABLE: Final = _PAUSABLE | _RESUMABLE


class BackfillActions(QWidget):
    """A row of buttons over the backfills it was last given."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session: ProjectSession | None = None
        self._records: tuple[BackfillRecord, ...] = ()
        self.setObjectName("backfillActions")
        icons = shell.icons
        self._pause = button("Pause", "pauseButton", self._on_pause_clicked, icon=icons.icon("pause"))
        self._cancel = button("Cancel", "cancelButton", self._on_cancel_clicked, icon=icons.icon("circle-x"))
        self._rerun = button("Rerun", "rerunButton", icon=icons.icon("rotate-ccw"))
        self._rerun.setMenu(self._rerun_menu())
        self._rerun.setProperty("hasMenu", True)
        self._delete = button("Delete", "deleteBackfillButton", self._on_delete_clicked, icon=icons.icon("trash-2"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.space_2)
        for part in (self._pause, self._cancel, self._rerun, self._delete):
            layout.addWidget(part)
        self.set_records(())

    def set_session(self, session: ProjectSession | None) -> None:
        self._session = session
        self.set_records(())

    def set_records(self, records: Sequence[BackfillRecord]) -> None:
        """Act on these from now on; what none of them allows is greyed out."""
        self._records = tuple(records)
        resumes = bool(self._those(_RESUMABLE)) and not self._those(_PAUSABLE)
        retitle(self._pause, "Resume" if resumes else "Pause")
        self._pause.setIcon(self._shell.icons.icon("play" if resumes else "pause"))
        self._pause.setEnabled(bool(self._those(_PAUSABLE | _RESUMABLE)))
        self._cancel.setEnabled(bool(self._those(_CANCELABLE)))
        one_ended = len(self._records) == 1 and self._records[0].state.is_final
        self._rerun.setEnabled(one_ended)
        self._delete.setEnabled(bool(self._records) and all(record.state.is_final for record in self._records))
        if one_ended:
            again = self._records[0].failed + self._records[0].canceled
            self._rerun_failed.setText(f"Failed and Canceled ({again:,})")
            self._rerun_failed.setEnabled(again > 0)

    def _rerun_menu(self) -> QMenu:
        menu = QMenu(self._rerun)
        menu.setObjectName("rerunMenu")
        self._rerun_failed = menu.addAction("Failed and Canceled", lambda: self._on_rerun("failed_and_canceled"))
        self._rerun_failed.setObjectName("rerunFailedAction")
        menu.addAction("All Partitions", lambda: self._on_rerun("all")).setObjectName("rerunAllAction")
        menu.addSeparator()
        menu.addAction("Edit and Rerun…", self._on_edit_chosen).setObjectName("editAndRerunAction")
        return menu

    def _those(self, states: frozenset[BackfillState]) -> list[str]:
        return [record.backfill_id for record in self._records if record.state in states]

    def _on_pause_clicked(self) -> None:
        if pausable := self._those(_PAUSABLE):
            self._shell.tasks.start(self, self._pause_all(pausable))
        else:
            self._shell.tasks.start(self, self._resume_all(self._those(_RESUMABLE)))

    async def _pause_all(self, backfills: list[str]) -> None:
        for backfill_id in backfills:
            if self._session is not None:
                await self._session.pause(backfill_id)

    async def _resume_all(self, backfills: list[str]) -> None:
        for backfill_id in backfills:
            if self._session is not None:
                await resumed(self._shell, self.window(), self._session, backfill_id)

    def _on_cancel_clicked(self) -> None:
        self._shell.tasks.start(self, self._cancel_all(self._those(_CANCELABLE)))

    async def _cancel_all(self, backfills: list[str]) -> None:
        for backfill_id in backfills:
            if self._session is not None:
                await self._session.cancel(backfill_id)

    def _on_rerun(self, partitions: Partitions) -> None:
        if self._records:  # which may have gone while the menu was open
            self._shell.tasks.start(self, self._rerun_record(self._records[0], partitions), key="rerun")

    async def _rerun_record(self, record: BackfillRecord, partitions: Partitions) -> None:
        """Show what would run again; nothing overwrites data without having been shown."""
        if (session := self._session) is None:
            return
        # Imported here: the dialogs bring the heatmap along, which the window's first picture does not wait for.
        from rivers_app.dialogs.asking import finished
        from rivers_app.dialogs.preview import PreviewDialog
        from rivers_app.dialogs.secrets import with_secrets

        background, engine = self._shell.background, session.engine
        again = partial(engine.rerun_request, record.backfill_id, partitions=partitions)
        plan = await background(engine.plan, await background(again))

        async def checked(config: Config | None) -> BackfillPlan:
            planned = plan if config is None else await background(engine.plan, await background(again, config=config))
            await background(engine.check_config, planned, lane=Lane.PLAN)
            return planned

        shown = await with_secrets(self._shell, self.window(), session, plan.assets, checked)
        if shown is None:
            return
        dialog = PreviewDialog(self._shell, session, shown, self.window())
        await finished(dialog)
        if dialog.launched:
            self._shell.navigation.open_backfill(dialog.launched)

    def _on_edit_chosen(self) -> None:
        if self._records:
            self._shell.tasks.start(self, self._edit(self._records[0]), key="rerun")

    async def _edit(self, record: BackfillRecord) -> None:
        if (session := self._session) is None:
            return
        plan = await self._shell.background(session.engine.plan_of, record.backfill_id)
        stage = plan.stages[0]
        definition = stage.definition
        self._shell.navigation.request_backfill(
            BackfillDraft(
                assets=stage.assets,
                subset=to_subset(stage.ordinals) if definition is not None else None,
                fingerprint=definition.fingerprint if definition is not None else None,
                request=plan.request,
            )
        )

    def _on_delete_clicked(self) -> None:
        self._shell.tasks.start(self, self._delete_records(self._records), key="delete")

    async def _delete_records(self, records: tuple[BackfillRecord, ...]) -> None:
        what = f"backfill {records[0].backfill_id}" if len(records) == 1 else plural(len(records), "backfill")
        answer = await asked(
            self._shell,
            self.window(),
            name="deleteBackfillDialog",
            icon="trash-2",
            title=f"Delete {what}?",
            text="Its runs and their logs go with it. Outputs and the states of partitions stay as they are.",
            answers=(Answer("keepBackfill", "Keep"), Answer("confirmDelete", "Delete", role="danger")),
        )
        if answer != "confirmDelete" or self._session is None:
            return
        for record in records:
            await self._session.delete(record.backfill_id)
        self._shell.notices.show(Notice(Kind.SUCCESS, f"Deleted {what}.", key="deleted"))
