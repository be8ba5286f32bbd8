"""The manual: whole in itself, in the look of the app, searched, and never leading out unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QKeySequence, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListWidget, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from rivers_app.dialogs.manual import FIRST, ManualBrowser, ManualWindow, pages_of
from rivers_app.palettes import Scheme
from rivers_app.shell import Shell
from rivers_app.views.desktop import Desktop
from rivers_core.exceptions import StorageError
from rivers_core.resources import resources_folder
from tests.app.conftest import Run
from tests.hands import dialog, part, press

pytestmark = pytest.mark.usefixtures("qapp")  # without it Qt has no fonts to lay out a page with

HELP = resources_folder() / "help"
PAGES = sorted(HELP.glob("*.md"))


@pytest.fixture
def manual(qtbot: QtBot, shell: Shell) -> ManualWindow:
    window = ManualWindow(shell)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def desktop(qtbot: QtBot, shell: Shell, run: Run[Any]) -> Iterator[Desktop]:
    desktop = Desktop(shell)
    qtbot.addWidget(desktop.window, before_close_func=lambda _window: None)
    desktop.show()
    yield desktop
    desktop.window.deleteLater()


def titles(window: ManualWindow) -> list[str]:
    pages = part(window, QListWidget, "manualPages")
    return [pages.item(at).text() for at in range(pages.count())]


def text_of(window: ManualWindow) -> ManualBrowser:
    return part(window, ManualBrowser, "manualText")


def shown_picture(window: ManualWindow) -> QImage:
    """The first picture of the page that is shown, as it is drawn."""
    block = text_of(window).document().begin()
    while block.isValid():
        fragments = block.begin()
        while not fragments.atEnd():
            form = fragments.fragment().charFormat()
            if form.isImageFormat():
                kind = QTextDocument.ResourceType.ImageResource
                image: QImage = text_of(window).loadResource(kind.value, QUrl(form.toImageFormat().name()))
                return image
            fragments += 1
        block = block.next()
    raise AssertionError("the page shows no picture")


def test_every_page_is_listed_under_its_title(manual: ManualWindow) -> None:
    expected = {page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in PAGES}
    assert len(PAGES) > 10
    assert len(titles(manual)) == len(PAGES)
    assert set(titles(manual)) - {"Welcome"} == expected - {"Rivers Desktop manual"}
    assert manual.page == FIRST


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_picture_and_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (HELP / target).is_file()] == []
    pictures = [Path(target).name for target in inside if target.endswith(".png")]
    assert all(name.endswith("-light.png") for name in pictures)
    dark = [name.replace("-light.png", "-dark.png") for name in pictures]
    assert [name for name in dark if not (HELP / "pictures" / name).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_other_than_the_index_says_something_and_is_reached_from_it(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8")) > 500
    assert page.name in [read.name for read in pages_of(HELP)]


def test_a_manual_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        pages_of(tmp_path)


def test_f1_opens_the_manual_and_again_brings_the_same_window(qtbot: QtBot, desktop: Desktop) -> None:
    action = desktop.window.menus.action("help")
    assert action.shortcut() == QKeySequence(QKeySequence.StandardKey.HelpContents)
    action.trigger()
    qtbot.waitUntil(lambda: dialog("helpWindow") is not None)
    first = dialog("helpWindow")
    assert isinstance(first, ManualWindow)
    assert not first.isModal()
    first.close()
    action.trigger()
    qtbot.waitUntil(first.isVisible)
    assert desktop.window.findChildren(ManualWindow) == [first]


def test_pictures_follow_the_scheme_and_fit_the_page(manual: ManualWindow, qtbot: QtBot, shell: Shell) -> None:
    shell.appearance.choose(scheme=Scheme.LIGHT)
    manual.show_page("assets.md")
    qtbot.waitUntil(lambda: shown_picture(manual).pixelColor(2, 2).lightness() > 200)
    shell.appearance.choose(scheme=Scheme.DARK)
    qtbot.waitUntil(lambda: shown_picture(manual).pixelColor(2, 2).lightness() < 80)
    assert shown_picture(manual).width() <= text_of(manual).viewport().width()


def test_a_narrow_window_draws_the_pictures_narrow(manual: ManualWindow, qtbot: QtBot) -> None:
    manual.show_page("assets.md")
    wide = shown_picture(manual).width()
    manual.resize(620, 500)
    qtbot.waitUntil(lambda: shown_picture(manual).width() < wide)
    qtbot.waitUntil(lambda: text_of(manual).horizontalScrollBar().maximum() == 0)


def test_a_link_leads_to_another_page_and_back_and_forward(manual: ManualWindow) -> None:
    text_of(manual).anchorClicked.emit(QUrl("backfilling.md"))
    pages = part(manual, QListWidget, "manualPages")
    assert manual.page == "backfilling.md"
    assert pages.currentItem().text() == "Backfilling"
    press(manual, "manualBack")
    assert manual.page == FIRST
    assert pages.currentItem().text() == "Welcome"
    press(manual, "manualForward")
    assert manual.page == "backfilling.md"


def test_words_leave_the_pages_that_hold_them_and_are_marked(manual: ManualWindow) -> None:
    field = part(manual, QLineEdit, "manualSearch")
    QTest.keyClicks(field, "nowhere-to-be-found")
    assert titles(manual) == []
    assert part(manual, QWidget, "manualNothing").isVisible()
    field.clear()
    QTest.keyClicks(field, "WorkerDied")
    assert titles(manual) == ["When something goes wrong"]
    assert manual.page == "when-something-goes-wrong.md"
    assert text_of(manual).textCursor().selectedText() == "WorkerDied"
    field.clear()
    assert len(titles(manual)) == len(PAGES)
    assert text_of(manual).extraSelections() == []


def test_enter_goes_on_to_the_next_page_that_holds_the_words(manual: ManualWindow) -> None:
    field = part(manual, QLineEdit, "manualSearch")
    QTest.keyClicks(field, "doctor")
    found, first = titles(manual), manual.page
    assert len(found) > 1
    for _ in text_of(manual).extraSelections():
        assert manual.page == first
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert manual.page != first
    assert text_of(manual).textCursor().selectedText().lower() == "doctor"


def test_a_link_out_of_the_manual_is_followed_only_when_that_is_confirmed(
    manual: ManualWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    link = QUrl("https://example.org/manual")
    text_of(manual).anchorClicked.emit(link)
    assert opened == []
    assert manual.page == FIRST
    banner = part(manual, QWidget, "banner")
    assert "example.org" in banner.accessibleName()
    follow = next(one for one in banner.findChildren(QPushButton) if one.text() == "Open in the Browser")
    follow.click()
    assert opened == [link]
