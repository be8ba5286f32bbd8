"""Editors for the fields of an asset's config, made from its JSON schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from rivers_app.theme import METRICS
from rivers_app.widgets.parts import column, dressed, label

# A schema and the values in it are whatever JSON can hold.
Schema = Mapping[str, Any]

_UNSET: Final = object()
_TYPE_WORDS: Final = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a JSON list",
    "object": "a JSON object",
    "string": "text",
}


class ConfigField(QWidget):
    """One field: name, editor, description, problem. Left alone it keeps the asset's own default."""

    changed = Signal()

    def __init__(self, asset: str, name: str, schema: Schema, *, secret: bool, required: bool) -> None:
        super().__init__()
        self.setObjectName(f"configField_{asset}_{name}")
        self._schema = schema
        self._kind = _kind(schema)
        self._problem = label("", f"configProblem_{asset}_{name}", "error", wraps=True)
        self._problem.hide()
        self._choices = _choices(schema)
        self._editor: QLineEdit | QComboBox = self._chooser() if self._choices else self._writer(secret=secret)
        self._editor.setObjectName(f"config_{asset}_{name}")
        self._editor.setAccessibleName(f"{name} of {asset}")
        self._editor.setAccessibleDescription(f"{name} of {asset}. {schema.get('description', '')}".strip())
        mark = " (required)" if required else ""
        title = label(f"{schema.get('title') or name}{mark}", f"configTitle_{asset}_{name}", "strong", elides=True)
        hint = label(str(schema.get("description", "")), f"configHint_{asset}_{name}", "small", wraps=True)
        hint.setVisible(bool(hint.text()))
        self.setLayout(column(title, self._editor, hint, self._problem, spacing=METRICS.space_1))

    @property
    def is_set(self) -> bool:
        return self._raw() is not _UNSET

    def value(self) -> Any:
        """What was written, read as the schema's type; ValueError with a sentence where that is impossible."""
        raw = self._raw()
        return raw if not isinstance(raw, str) else _read(raw, self._kind)

    def set_value(self, value: Any) -> None:
        if isinstance(self._editor, QComboBox):
            at = next((at for at, choice in enumerate(self._choices, start=1) if choice == value), 0)
            self._editor.setCurrentIndex(at)
        else:
            self._editor.setText(value if isinstance(value, str) else json.dumps(value))

    def show_problem(self, text: str) -> None:
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        dressed(self._editor, "invalid", "true" if text else "false")

    def _raw(self) -> Any:
        """Text as written, a choice's own value, or `_UNSET`."""
        if isinstance(self._editor, QComboBox):
            at = self._editor.currentIndex()
            return self._choices[at - 1] if at > 0 else _UNSET
        return self._editor.text() if self._editor.text() else _UNSET

    def _chooser(self) -> QComboBox:
        made = QComboBox()
        made.addItem(f"default: {_shown(self._schema.get('default'))}" if "default" in self._schema else "not set")
        made.addItems([_shown(choice) for choice in self._choices])
        made.currentIndexChanged.connect(lambda _at: self.changed.emit())
        return made

    def _writer(self, *, secret: bool) -> QLineEdit:
        made = QLineEdit()
        if secret:
            made.setEchoMode(QLineEdit.EchoMode.Password)
            made.setPlaceholderText("kept for this backfill only, never stored")
        elif "default" in self._schema:
            made.setPlaceholderText(_shown(self._schema["default"]))
        else:
            made.setPlaceholderText(_TYPE_WORDS.get(self._kind, "a JSON value"))
        made.textChanged.connect(lambda _text: self.changed.emit())
        return made


def _kind(schema: Schema) -> str:
    """The JSON type a value has; of several the first that is not null."""
    options = [schema, *schema.get("anyOf", ())]
    kinds = [str(option["type"]) for option in options if "type" in option]
    return next((kind for kind in kinds if kind != "null"), "string" if kinds else "")


def _choices(schema: Schema) -> list[Any]:
    if "enum" in schema:
        return list(schema["enum"])
    return [True, False] if _kind(schema) == "boolean" else []


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _read(text: str, kind: str) -> Any:
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"This is to be {_TYPE_WORDS.get(kind, 'a JSON value')}.") from error
