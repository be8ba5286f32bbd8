"""What the app remembers comes back as it was, and what cannot be read counts as absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from rivers_app.palettes import Scheme, StateColors
from rivers_app.settings import MOST_RECENT, Place, Preferences, Settings


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def reopened(store: QSettings) -> Settings:
    store.sync()
    return Settings(QSettings(store.fileName(), QSettings.Format.IniFormat))


def test_the_project_opened_last_comes_first_and_once(store: QSettings) -> None:
    settings = Settings(store)
    for name in ("a", "b", "a"):
        settings.remember_project(Path("/projects") / name)
    assert [Path(path).name for path in reopened(store).recent_projects] == ["a", "b"]


def test_only_so_many_projects_are_remembered_and_one_can_be_forgotten(store: QSettings) -> None:
    settings = Settings(store)
    for number in range(MOST_RECENT + 5):
        settings.remember_project(Path(f"/projects/{number}"))
    assert len(settings.recent_projects) == MOST_RECENT
    first = settings.recent_projects[0]
    settings.forget_project(first)
    assert first not in reopened(store).recent_projects


def test_trust_holds_for_one_folder_only(store: QSettings, tmp_path: Path) -> None:
    settings = Settings(store)
    settings.trust(tmp_path / "mine")
    assert reopened(store).is_trusted(tmp_path / "mine")
    assert not reopened(store).is_trusted(tmp_path / "other")


def test_a_place_comes_back_for_its_project(store: QSettings) -> None:
    place = Place("assets", "daily", ((3, 5), (9, 10)))
    Settings(store).remember_place(Path("/projects/a"), place)
    assert reopened(store).place(Path("/projects/a")) == place
    assert reopened(store).place(Path("/projects/b")) == Place()


def test_preferences_come_back(store: QSettings) -> None:
    liked = replace(Preferences(), scheme=Scheme.DARK, state_colors=StateColors.CLASSIC, backfills_at_once=5)
    Settings(store).preferences = liked
    assert reopened(store).preferences == liked


def test_choices_belong_to_project_and_asset(store: QSettings) -> None:
    Settings(store).remember_choices(Path("/p"), "daily", {"max_concurrency": 8})
    assert reopened(store).choices(Path("/p"), "daily") == {"max_concurrency": 8}
    assert reopened(store).choices(Path("/p"), "other") == {}


def test_geometry_and_last_project_come_back(store: QSettings) -> None:
    settings = Settings(store)
    settings.geometry = QByteArray(b"\x01\x02geometry")
    settings.last_project = "/projects/a"
    assert reopened(store).geometry == QByteArray(b"\x01\x02geometry")
    assert reopened(store).last_project == "/projects/a"
    settings.last_project = None
    assert reopened(store).last_project is None


@pytest.mark.parametrize("text", ["", "no JSON", "[1, 2", '{"scheme": "purple"}', "7"])
def test_settings_that_cannot_be_read_count_as_absent(store: QSettings, text: str) -> None:
    for key in ("recent_projects", "last_project", "trusted", "geometry", "preferences"):
        store.setValue(key, text)
    settings = Settings(store)
    assert settings.recent_projects == ()
    assert settings.last_project is None
    assert settings.geometry is None
    assert not settings.is_trusted(Path("/projects/a"))
    assert settings.preferences == Preferences()
