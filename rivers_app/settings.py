"""What the app remembers between starts: projects, trust, window, place, looks and last choices."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray, QSettings

from rivers_app.palettes import Scheme, StateColors

MOST_RECENT: Final = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person was in a project: a page's name, an asset and the ordinals selected in it."""

    page: str = "assets"
    asset: str = ""
    selection: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose for the whole app.

    `scheme` None follows the system, `workers` None leaves their number to the engine,
    `history_days` None keeps ended backfills for ever.
    """

    scheme: Scheme | None = None
    state_colors: StateColors = StateColors.DISTINCT
    text_scale: float = 1.0
    workers: int | None = None
    backfills_at_once: int = 2
    history_days: int | None = None
    notify_ends: bool = True
    keep_awake: bool = True
    reopen_last_project: bool = True


class Settings:
    """Typed access to the settings file; every value is kept as JSON text, unreadable ones count as absent."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    @property
    def recent_projects(self) -> tuple[str, ...]:
        """Paths of projects, the last opened first."""
        found = self._read("recent_projects")
        return tuple(str(path) for path in found) if isinstance(found, list) else ()

    def remember_project(self, path: Path) -> None:
        opened = str(path)
        rest = [known for known in self.recent_projects if known != opened]
        self._write("recent_projects", [opened, *rest][:MOST_RECENT])

    def forget_project(self, path: str) -> None:
        self._write("recent_projects", [known for known in self.recent_projects if known != path])

    @property
    def last_project(self) -> str | None:
        """The project that was open when the app was last closed."""
        found = self._read("last_project")
        return found if isinstance(found, str) else None

    @last_project.setter
    def last_project(self, path: str | None) -> None:
        self._write("last_project", path)

    def is_trusted(self, path: Path) -> bool:
        """Whether the person once let this project's code run on this computer."""
        found = self._read("trusted")
        return isinstance(found, list) and str(path.resolve()) in found

    def trust(self, path: Path) -> None:
        found = self._read("trusted")
        trusted = set(found) if isinstance(found, list) else set()
        self._write("trusted", sorted(trusted | {str(path.resolve())}))

    @property
    def geometry(self) -> QByteArray | None:
        """The main window's geometry as QWidget.saveGeometry gave it."""
        found = self._read("geometry")
        return QByteArray.fromBase64(found.encode()) if isinstance(found, str) else None

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._write("geometry", bytes(geometry.toBase64().data()).decode())

    def place(self, project: Path) -> Place:
        found = self._read(f"places/{_name(project)}")
        if not isinstance(found, dict):
            return Place()
        ranges = found.get("selection", [])
        return Place(
            page=str(found.get("page", "assets")),
            asset=str(found.get("asset", "")),
            selection=tuple((int(start), int(stop)) for start, stop in ranges),
        )

    def remember_place(self, project: Path, place: Place) -> None:
        self._write(f"places/{_name(project)}", asdict(place))

    @property
    def preferences(self) -> Preferences:
        found = self._read("preferences")
        if not isinstance(found, dict):
            return Preferences()
        known = {name: value for name, value in found.items() if name in Preferences.__dataclass_fields__}
        try:
            known["scheme"] = Scheme(known["scheme"]) if known.get("scheme") else None
            known["state_colors"] = StateColors(known.get("state_colors", StateColors.DISTINCT))
        except ValueError:
            return Preferences()
        return replace(Preferences(), **known)

    @preferences.setter
    def preferences(self, preferences: Preferences) -> None:
        self._write("preferences", asdict(preferences))

    def choices(self, project: Path, asset: str) -> dict[str, Any]:
        """What was last chosen in the backfill dialog for an asset: JSON values by the dialog's own names."""
        found = self._read(f"choices/{_name(project)}/{asset}")
        return found if isinstance(found, dict) else {}

    def remember_choices(self, project: Path, asset: str, choices: dict[str, Any]) -> None:
        """`choices` holds what JSON can hold."""
        self._write(f"choices/{_name(project)}/{asset}", choices)

    def save(self) -> None:
        """Write the file now; it is written by itself when the app ends."""
        self._store.sync()

    def _read(self, key: str) -> Any:  # JSON
        text = self._store.value(key)
        if not isinstance(text, str):
            return None
        try:
            return json.loads(text)
        except ValueError:
            return None

    def _write(self, key: str, value: Any) -> None:  # JSON
        self._store.setValue(key, json.dumps(value))


def _name(project: Path) -> str:
    """A project's path as one part of a settings key, in which slashes would make groups."""
    return str(project).replace("/", "|").replace("\\", "|")
