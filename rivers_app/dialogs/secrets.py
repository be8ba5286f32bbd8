"""Asks again for config that is secret, and was therefore not stored with the backfill that needs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from rivers_app.dialogs.asking import finished
from rivers_app.dialogs.fitted import FittedDialog
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.config_form import Config, ConfigForm
from rivers_app.widgets.parts import button, label, row
from rivers_core.exceptions import ConfigurationError

if TYPE_CHECKING:
    from rivers_app.bridge.project_session import ProjectSession
    from rivers_core.location.spec import AssetSpec

T = TypeVar("T")

_WIDTH: Final = 520
_TITLE: Final = "This backfill needs its secrets again"
_WHY: Final = "They are stored nowhere, so they are asked for when partitions run later."


class SecretsDialog(FittedDialog):
    """A field for each secret of the assets; `config` is what was written, None while that cannot be read."""

    def __init__(
        self, shell: Shell, assets: Sequence[AssetSpec], problem: str, config: Config, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("secretsDialog")
        self.setAccessibleName(_TITLE)
        self.setAccessibleDescription(f"{problem} {_WHY}")
        self.setWindowTitle("Secrets")
        self.setMinimumWidth(_WIDTH)
        self._form = ConfigForm()
        self._form.offer([_secrets_of(asset) for asset in assets])
        self._form.set_config(config)
        self._form.changed.connect(self._on_changed)
        self._go_on = button("Continue", "secretsContinueButton", self.accept, role="primary")
        self._go_on.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.space_6, METRICS.space_6, METRICS.space_6, METRICS.space_4)
        layout.setSpacing(METRICS.space_3)
        layout.addWidget(label(_TITLE, "secretsTitle", "heading", wraps=True))
        layout.addWidget(label(problem, "secretsProblem", "error", wraps=True, selectable=True))
        layout.addWidget(label(_WHY, "secretsHint", "muted", wraps=True))
        layout.addWidget(self._form)
        layout.addLayout(row(None, button("Cancel", "secretsCancelButton", self.reject), self._go_on))
        self._on_changed()

    @property
    def config(self) -> Config | None:
        return self._form.config

    def _on_changed(self) -> None:
        self._go_on.setEnabled(bool(self.config))


async def with_secrets(
    shell: Shell,
    parent: QWidget | None,
    session: ProjectSession,
    assets: Sequence[str],
    act: Callable[[Config | None], Awaitable[T]],
) -> T | None:
    """What `act` gives, which is called again with secrets as long as it refuses its config; None when dismissed.

    Raises the refusal where none of the assets has a secret.
    """
    config: Config = {}
    while True:
        try:
            return await act(config or None)
        except ConfigurationError as refusal:
            secretive = _secretive(session, assets)
            if not secretive:
                raise
            dialog = SecretsDialog(shell, secretive, str(refusal), config, parent)
            if await finished(dialog) != QDialog.DialogCode.Accepted:
                return None
            config = dialog.config or {}


def _secretive(session: ProjectSession, assets: Sequence[str]) -> list[AssetSpec]:
    found = [] if session.spec is None else [session.spec.asset(name) for name in assets]
    return [asset for asset in found if asset is not None and asset.secret_fields]


def _secrets_of(asset: AssetSpec) -> AssetSpec:
    """The asset as if its model had the fields alone that are secret or hold something secret."""
    secret = {path.split(".")[0] for path in asset.secret_fields}
    schema = dict(asset.config_schema or {})
    schema["properties"] = {name: part for name, part in schema.get("properties", {}).items() if name in secret}
    return asset.model_copy(update={"config_schema": schema})
