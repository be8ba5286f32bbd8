"""What tests of the app share: a dressed application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from rivers_app.theme import Appearance
from rivers_core.resources import resources_folder


@pytest.fixture
def appearance(qapp: QApplication) -> Iterator[Appearance]:
    """The app's look, taken off again after the test."""
    appearance = Appearance(qapp, resources_folder())
    yield appearance
    qapp.setStyleSheet("")
    appearance.setParent(None)
    appearance.deleteLater()
