"""What every page and dialog is given: the app's looks, threads, notices, navigation and settings."""

from __future__ import annotations

from dataclasses import dataclass

from rivers_app.bridge.background import Background, Tasks
from rivers_app.icons import Icons
from rivers_app.navigation import Navigation
from rivers_app.notices import Notices
from rivers_app.settings import Settings
from rivers_app.theme import Appearance


@dataclass(frozen=True, slots=True)
class Shell:
    """One of each, made and owned by the composition root."""

    appearance: Appearance
    icons: Icons
    background: Background
    tasks: Tasks
    notices: Notices
    navigation: Navigation
    settings: Settings
