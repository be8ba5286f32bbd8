"""The backfill dialog: which assets and partitions, how they are run, and at every moment how many that makes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from rivers_app.bridge.background import Lane
from rivers_app.bridge.project_session import ProjectSession
from rivers_app.dialogs.asking import finished
from rivers_app.dialogs.asset_section import AssetSection
from rivers_app.dialogs.backfill_choices import BackfillChoices, PartitionChoice, RunChoices
from rivers_app.dialogs.partition_section import PartitionSection
from rivers_app.dialogs.preview import PreviewDialog
from rivers_app.dialogs.run_section import RunSection
from rivers_app.navigation import BackfillDraft
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.banner import Banner
from rivers_app.widgets.config_form import ConfigForm
from rivers_app.widgets.parts import button, column, dressed, label, row, rule
from rivers_app.widgets.tag_editor import TagEditor
from rivers_app.wording import plural, roughly
from rivers_core.exceptions import RiversError
from rivers_core.location.spec import AssetSpec
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.planning.plan import BackfillPlan

_SETTLE_MILLISECONDS: Final = 150
_SIZE: Final = (760, 560)
_FIELD_HEIGHT: Final = 30


class BackfillDialog(QDialog):
    """Leads to the preview; accepted when a backfill was launched there."""

    def __init__(
        self, shell: Shell, session: ProjectSession, draft: BackfillDraft, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._session = session
        self._draft = draft
        self._definition: PartitionsDefinition | None = None
        self._first_asset = ""
        self._specs: dict[str, AssetSpec] = {}
        self.setObjectName("backfillDialog")
        self.setAccessibleName("Backfill")
        self.setWindowTitle("Backfill")
        self.resize(*_SIZE)
        self._create_parts()
        self._lay_out()
        self._connect()
        self._offer_assets()

    def _create_parts(self) -> None:
        self._banner = Banner(self._shell)
        self._assets = AssetSection(self._shell)
        self._partitions = PartitionSection(self._shell)
        self._runs = RunSection()
        self._tags = TagEditor()
        self._config = ConfigForm()
        self._summary = label("", "backfillSummary", "strong", wraps=True)
        self._summary_more = label("", "backfillSummaryMore", "small", wraps=True)
        self._cancel = button("Cancel", "backfillCancel", self.reject)
        self._preview = button("Preview…", "previewButton", self._on_preview_clicked, role="primary")
        self._preview.setDefault(True)
        self._preview.setEnabled(False)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MILLISECONDS)

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setContentsMargins(METRICS.space_6, METRICS.space_4, METRICS.space_6, METRICS.space_4)
        form.setHorizontalSpacing(METRICS.space_4)
        form.setVerticalSpacing(METRICS.space_6)
        form.setColumnStretch(1, 1)
        self._config_title = label("Config", "sectionConfig", "heading")
        sections = (
            (label("Assets", "sectionAssets", "heading"), self._assets),
            (label("Partitions", "sectionPartitions", "heading"), self._partitions),
            (label("Runs", "sectionRuns", "heading"), self._runs),
            (self._config_title, self._config),
            (label("Tags", "sectionTags", "heading"), self._tags),
        )
        for at, (title, section) in enumerate(sections):
            title.setMinimumHeight(_FIELD_HEIGHT)  # in line with the first field beside it
            form.addWidget(title, at, 0, Qt.AlignmentFlag.AlignTop)
            form.addWidget(section, at, 1)
        form.setRowStretch(len(sections), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._area = _scrolled(form)
        layout.addWidget(self._area, 1)
        layout.addWidget(rule())
        summary = column(self._summary, self._summary_more, spacing=0)
        buttons = row(summary, self._cancel, self._preview)
        buttons.setStretch(0, 1)
        footer = column(self._banner, buttons)
        footer.setContentsMargins(METRICS.space_6, METRICS.space_3, METRICS.space_6, METRICS.space_3)
        layout.addLayout(footer)

    def _connect(self) -> None:
        self._assets.changed.connect(self._on_assets_changed)
        for section in (self._partitions, self._runs, self._tags, self._config):
            section.changed.connect(self._on_changed)
        self._settle.timeout.connect(self._count_again)

    def _offer_assets(self) -> None:
        spec = self._session.spec
        assets = [asset for asset in spec.assets if asset.kind != "external"] if spec is not None else []
        self._specs = {asset.name: asset for asset in assets}
        self._assets.offer(list(self._specs), self._draft.assets)
        if (request := self._draft.request) is not None:
            self._assets.set_includes(upstream=request.include_upstream, downstream=request.include_downstream)
            self._tags.set_tags(request.tags)
        self._take_assets()
        if not self._assets.chosen:
            self._partitions.hide()
            self._on_changed()

    def _on_assets_changed(self) -> None:
        self._take_assets()
        self._on_changed()

    def _take_assets(self) -> None:
        """Follow the chosen assets: their partitions, their strategy, their config."""
        chosen = self._assets.chosen
        configured = [self._specs[name] for name in chosen if self._specs[name].config_schema]
        self._config.offer(configured)
        self._config.setVisible(bool(configured))
        self._config_title.setVisible(bool(configured))
        if chosen and chosen[0] != self._first_asset:
            self._first_asset = chosen[0]
            self._shell.tasks.start(self, self._take_definition(chosen[0]), key="definition", on_error=self._on_error)

    async def _take_definition(self, asset: str) -> None:
        definition = await self._shell.background(self._session.engine.definition, asset)
        is_first = self._draft.assets[:1] == (asset,)
        fits = definition is not None and definition.fingerprint == self._draft.fingerprint
        self._definition = definition
        self._partitions.show()
        self._partitions.offer(definition, self._draft.subset if is_first and fits else None)
        strategy = self._specs[asset].backfill_strategy
        self._runs.offer(definition, BackfillStrategy.from_spec(strategy) if strategy else None)
        self._begin_with_choices(asset)
        self._take_width()
        self._on_changed()

    def _take_width(self) -> None:
        """Nothing is cut off at the right, however large the text is."""
        form, bar = self._area.widget(), self._area.verticalScrollBar()
        if form is not None:
            self._area.setMinimumWidth(form.minimumSizeHint().width() + bar.sizeHint().width())

    def _begin_with_choices(self, asset: str) -> None:
        if (request := self._draft.request) is not None:
            self._runs.set_choices(RunChoices.of(request))
            self._config.set_config(request.config)
            self._partitions.set_where(request.where)
            return
        remembered = self._shell.settings.choices(self._session.path, asset)
        self._runs.set_choices(RunChoices.from_json(remembered))
        self._partitions.set_where(self._draft.where)

    def _on_changed(self) -> None:
        self._banner.hide()
        self._preview.setEnabled(False)
        self._settle.start()

    def _count_again(self) -> None:
        choices = self._choices()
        if isinstance(choices, str):
            self._say(choices, is_problem=True)
            return
        self._shell.tasks.start(self, self._count(choices), key="count", on_error=self._on_count_failed)

    async def _count(self, choices: BackfillChoices) -> None:
        plan = await self._plan(choices)
        runs = plural(plan.num_runs, "run")
        self._say(f"{plural(plan.num_partitions, 'partition')} in {runs}", more=_more(plan))
        self._preview.setEnabled(True)

    async def _plan(self, choices: BackfillChoices) -> BackfillPlan:
        return await self._shell.background(self._session.engine.plan, choices.request(), lane=Lane.PLAN)

    def _choices(self) -> BackfillChoices | str:
        """What is chosen, or what still has to be mended."""
        partitions, tags, config = self._partitions.choice, self._tags.tags, self._config.config
        if not self._assets.chosen:
            return "Choose at least one asset"
        if partitions is None:
            return "Mend the partition keys marked above"
        if tags is None:
            return "Mend the tags"
        if config is None:
            return "Mend the config fields marked above"
        return BackfillChoices(
            assets=self._assets.chosen,
            partitions=PartitionChoice(partitions.definition, partitions.cells, partitions.parts),
            runs=self._runs.choices,
            include_upstream=self._assets.include_upstream,
            include_downstream=self._assets.include_downstream,
            where=self._partitions.where,
            tags=tags,
            config=config,
        )

    def _say(self, text: str, *, more: str = "", is_problem: bool = False) -> None:
        self._summary.setText(text)
        self._summary_more.setText(more)
        self._summary_more.setVisible(bool(more))
        dressed(self._summary, "role", "error" if is_problem else "strong")

    def _on_count_failed(self, error: BaseException) -> None:
        self._preview.setEnabled(False)
        if isinstance(error, RiversError):
            self._say(str(error), is_problem=True)
        else:
            self._on_error(error)

    def _on_error(self, error: BaseException) -> None:
        self._banner.show_error(error)

    def _on_preview_clicked(self) -> None:
        choices = self._choices()
        if not isinstance(choices, str):
            self._shell.tasks.start(self, self._show_preview(choices), key="preview", on_error=self._on_error)

    async def _show_preview(self, choices: BackfillChoices) -> None:
        plan = await self._plan(choices)
        await self._shell.background(self._session.engine.check_config, plan, lane=Lane.PLAN)
        if await finished(PreviewDialog(self._shell, self._session, plan, self)) == QDialog.DialogCode.Accepted:
            self._remember(choices)
            self.accept()

    def _remember(self, choices: BackfillChoices) -> None:
        self._shell.settings.remember_choices(self._session.path, choices.assets[0], choices.runs.as_json())


def _more(plan: BackfillPlan) -> str:
    parts = [] if plan.estimate_seconds is None else [f"about {roughly(plan.estimate_seconds)}"]
    parts += [warning.message for warning in plan.warnings[:1]]
    return " · ".join(parts)


def _scrolled(form: QGridLayout) -> QScrollArea:
    inside = QWidget()
    inside.setObjectName("backfillForm")
    inside.setProperty("surface", "content")
    inside.setLayout(form)
    area = QScrollArea()
    area.setObjectName("backfillScroll")
    area.setAccessibleName("Backfill form")
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area
