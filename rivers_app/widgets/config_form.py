"""The form of config overrides: for each selected asset the fields of its config model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from rivers_app.theme import METRICS
from rivers_app.widgets.config_fields import ConfigField, Schema
from rivers_app.widgets.parts import column, label
from rivers_core.location.spec import AssetSpec

# Config values are whatever JSON can hold.
Config = dict[str, dict[str, Any]]


class _PlainConfig(QWidget):
    """An asset without a model takes any JSON object."""

    changed = Signal()

    def __init__(self, asset: str) -> None:
        super().__init__()
        self.setObjectName(f"plainConfig_{asset}")
        self._editor = QLineEdit()
        self._editor.setObjectName(f"config_{asset}")
        self._editor.setAccessibleName(f"Config of {asset}")
        self._editor.setPlaceholderText('{"batch_size": 500}')
        self._editor.textChanged.connect(lambda _text: self.changed.emit())
        self._problem = label("", f"configProblem_{asset}", "error", wraps=True)
        self._problem.hide()
        self.setLayout(column(self._editor, self._problem, spacing=METRICS.space_1))

    def values(self) -> dict[str, Any] | None:
        """The object; None while the text is none, which is shown."""
        found, problem = _json_object(self._editor.text())
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        return found

    def set_values(self, values: Mapping[str, Any]) -> None:
        self._editor.setText(json.dumps(dict(values)) if values else "")


class _ModelConfig(QWidget):
    """The fields of an asset's config model."""

    changed = Signal()

    def __init__(self, asset: AssetSpec) -> None:
        super().__init__()
        self.setObjectName(f"modelConfig_{asset.name}")
        schema = asset.config_schema or {}
        required = set(schema.get("required", ()))
        self._fields = {
            name: ConfigField(
                asset.name,
                name,
                resolved(part, schema),
                secret=name in asset.secret_fields,
                required=name in required,
            )
            for name, part in schema.get("properties", {}).items()
        }
        for field in self._fields.values():
            field.changed.connect(self.changed)
        self.setLayout(column(*self._fields.values(), spacing=METRICS.space_3))

    def values(self) -> dict[str, Any] | None:
        """What was set; None while a field cannot be read, which is shown beside it."""
        found: dict[str, Any] = {}
        whole = True
        for name, field in self._fields.items():
            field.show_problem("")
            if not field.is_set:
                continue
            try:
                found[name] = field.value()
            except ValueError as error:
                field.show_problem(str(error))
                whole = False
        return found if whole else None

    def set_values(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].set_value(value)


class ConfigForm(QWidget):
    """`config` holds what was set, by asset; None while a field cannot be read."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("configForm")
        self._parts: dict[str, _ModelConfig | _PlainConfig] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(METRICS.space_3)

    def offer(self, assets: Sequence[AssetSpec]) -> None:
        """Make the form of these assets; what was written for those that stay is kept."""
        kept = self.config or {}
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._parts = {}
        for asset in assets:
            part = _ModelConfig(asset) if asset.config_schema else _PlainConfig(asset.name)
            part.set_values(kept.get(asset.name, {}))
            part.changed.connect(self.changed)
            self._parts[asset.name] = part
            self._layout.addWidget(label(asset.name, f"configAsset_{asset.name}", "heading", elides=True))
            self._layout.addWidget(part)

    @property
    def config(self) -> Config | None:
        found = {name: part.values() for name, part in self._parts.items()}
        if any(values is None for values in found.values()):
            return None
        return {name: values for name, values in found.items() if values}

    def set_config(self, config: Mapping[str, Mapping[str, Any]]) -> None:
        for name, values in config.items():
            if name in self._parts:
                self._parts[name].set_values(values)


def resolved(part: Schema, schema: Schema) -> Schema:
    """A field's schema with its `$ref` into `$defs` followed."""
    reference = part.get("$ref") or next((one["$ref"] for one in part.get("allOf", ()) if "$ref" in one), None)
    if not isinstance(reference, str):
        return part
    named = schema.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {})
    return {**named, **{name: value for name, value in part.items() if name not in ("$ref", "allOf")}}


def _json_object(text: str) -> tuple[dict[str, Any] | None, str]:
    if not text.strip():
        return {}, ""
    try:
        found = json.loads(text)
    except ValueError:
        return None, 'This is to be a JSON object such as {"batch_size": 500}.'
    return (found, "") if isinstance(found, dict) else (None, 'Write a JSON object, such as {"batch_size": 500}.')
