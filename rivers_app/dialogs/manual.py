"""The manual: pages of Markdown with pictures in the colors of the app, to be searched and leafed through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QImage,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QTextBrowser, QTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from rivers_app.notices import Kind, Notice, NoticeAction
from rivers_app.palettes import Scheme
from rivers_app.shell import Shell
from rivers_app.theme import METRICS
from rivers_app.widgets.banner import Banner
from rivers_app.widgets.parts import column, label, row, tool_button
from rivers_core.exceptions import StorageError

_SIZE: Final = QSize(1060, 760)
_LIST_WIDTH: Final = 220
_SETTLE_MILLISECONDS: Final = 120
_LINE_PERCENT: Final = 120
_OBJECT: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
_LINK: Final = re.compile(r"\[([^\]]+)\]\((\S+\.md)\)")
FIRST: Final = "index.md"


@dataclass(frozen=True, slots=True)
class ManualPage:
    """A page by its file's name; `words` is what it says, in small letters."""

    name: str
    title: str
    words: str

    def holds(self, wanted: str) -> bool:
        """Whether each of the wanted words stands somewhere in the page."""
        return all(word in self.words for word in wanted.lower().split())


def pages_of(folder: Path) -> tuple[ManualPage, ...]:
    """The first page and those it links to, in its order; StorageError where the manual is not whole."""
    try:
        links = _LINK.findall((folder / FIRST).read_text(encoding="utf-8"))
        named = (("Welcome", FIRST), *links)
        return tuple(ManualPage(name, title, _words_of(folder / name)) for title, name in named)
    except OSError as error:
        raise StorageError(
            f"The manual in {folder} cannot be read: {error.strerror}. Install the app again."
        ) from error


def _words_of(path: Path) -> str:
    document = QTextDocument()
    document.setMarkdown(path.read_text(encoding="utf-8"))
    return document.toPlainText().lower()


class ManualBrowser(QTextBrowser):
    """Shows a page of the manual, its pictures as wide as there is room."""

    page_chosen = Signal(str)
    leading_out = Signal(QUrl)
    """A link was clicked that leads out of the manual."""

    def __init__(self, shell: Shell, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._folder = folder
        self._name = ""
        self._marked = ""
        self.setObjectName("manualText")
        self.setAccessibleName("Manual")
        self.setProperty("surface", "content")
        self.setOpenLinks(False)
        self.document().setDocumentMargin(METRICS.space_6)
        self.anchorClicked.connect(self._on_link_clicked)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MILLISECONDS)
        self._settle.timeout.connect(self._show_again)
        shell.appearance.theme_changed.connect(self._settle.start)

    def show_page(self, name: str) -> None:
        self._name = name
        text = (self._folder / name).read_text(encoding="utf-8")
        if self._shell.appearance.theme.scheme is Scheme.DARK:
            text = text.replace("-light.png)", "-dark.png)")
        self.setMarkdown(text)
        self._dress()
        self.mark(self._marked)

    def mark(self, wanted: str) -> None:
        """Color every place where one of the words stands, on this page and those that follow."""
        self._marked = wanted
        places = [place for word in wanted.split() for place in self._places_of(word)]
        places.sort(key=QTextCursor.selectionStart)
        self.setExtraSelections([self._colored(place) for place in places])

    def go_to_next(self, *, is_first: bool = False) -> bool:
        """Select the next marked place, `is_first` the first one; False where there is none."""
        here = -1 if is_first else self.textCursor().selectionStart()
        for marked in self.extraSelections():
            if marked.cursor.selectionStart() > here:
                self.setTextCursor(marked.cursor)
                return True
        return False

    def _places_of(self, word: str) -> Iterator[QTextCursor]:
        place = self.document().find(word)
        while not place.isNull():
            yield place
            place = self.document().find(word, place)

    def _colored(self, place: QTextCursor) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        made.cursor = place
        made.format.setBackground(QColor(self._shell.appearance.theme.colors.accent_soft))
        made.format.setFontUnderline(True)
        return made

    def _dress(self) -> None:
        """What Markdown says nothing about: the room between lines, and the ground of code."""
        block = self.document().begin()
        while block.isValid():
            look = block.blockFormat()
            if look.hasProperty(QTextFormat.Property.BlockCodeFence.value):
                look.setBackground(QColor(self._shell.appearance.theme.colors.window))
            elif _OBJECT not in block.text():  # a picture's line has room enough
                look.setLineHeight(_LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            if look.headingLevel():
                look.setTopMargin(METRICS.space_4 if block.blockNumber() else 0)
            QTextCursor(block).setBlockFormat(look)
            block = block.next()

    def _show_again(self) -> None:
        """Draw the pictures again in another size or other colors, staying where one reads."""
        if self._name:
            bar = self.verticalScrollBar()
            share = bar.value() / max(1, bar.maximum())
            self.show_page(self._name)
            bar.setValue(round(share * bar.maximum()))

    def _on_link_clicked(self, link: QUrl) -> None:
        if link.isRelative() and link.path().endswith(".md"):
            self.page_chosen.emit(link.path())
        else:
            self.leading_out.emit(link)

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # whatever the document asks for
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        picture = QImage(str(self._folder / QUrl(name).path()))
        ratio = self.devicePixelRatioF()
        room = round((self.viewport().width() - 4 * METRICS.space_6) * ratio)
        if picture.width() > room > 0:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        picture.setDevicePixelRatio(ratio)
        return picture

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._settle.start()


class ManualWindow(QDialog):
    """Stays open beside the window while one works; words in the field leave the pages that hold them."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        folder = shell.appearance.resources / "help"
        self._shell = shell
        self._pages = pages_of(folder)
        self._listed = self._pages
        self._page = ""
        self._before: list[str] = []
        self._after: list[str] = []
        self.setObjectName("helpWindow")
        self.setAccessibleName("Manual")
        self.setWindowTitle("Manual")
        self.resize(_SIZE)
        self._text = ManualBrowser(shell, folder)
        self._create_parts()
        self._lay_out()
        self._connect()
        self._list_pages()
        self.show_page(FIRST)

    @property
    def page(self) -> str:
        """The file's name of the page that is shown."""
        return self._page

    def show_page(self, name: str) -> None:
        """Show a page by its file's name; one that does not exist leaves the page as it is."""
        if name != self._page and any(page.name == name for page in self._pages):
            if self._page:
                self._before.append(self._page)
            self._after.clear()
            self._turn_to(name)

    def _create_parts(self) -> None:
        icons = self._shell.icons
        self._back = tool_button("manualBack", icons.icon("arrow-left"), "Back", self._on_back)
        self._forward = tool_button("manualForward", icons.icon("arrow-right"), "Forward", self._on_forward)
        self._search = QLineEdit()
        self._search.setObjectName("manualSearch")
        self._search.setAccessibleName("Search the manual")
        self._search.setPlaceholderText("Search")
        self._search.setClearButtonEnabled(True)
        self._search.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._nothing = label("No page holds these words.", "manualNothing", "small", wraps=True)
        self._list = QListWidget()
        self._list.setObjectName("manualPages")
        self._list.setAccessibleName("Pages of the manual")
        self._list.setProperty("navigation", True)
        self._banner = Banner(self._shell)

    def _lay_out(self) -> None:
        top = column(row(self._back, self._forward, self._search), self._nothing, spacing=METRICS.space_2)
        top.setContentsMargins(METRICS.space_2, METRICS.space_2, METRICS.space_2, 0)
        aside = QWidget()
        aside.setObjectName("manualAside")
        aside.setFixedWidth(_LIST_WIDTH)
        aside.setLayout(column(top, self._list, spacing=0))
        reading = QVBoxLayout()
        reading.setSpacing(0)
        reading.addWidget(self._banner)
        reading.addWidget(self._text, 1)
        layout = row(aside, reading, spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self._list.currentRowChanged.connect(self._on_row_chosen)
        self._search.textChanged.connect(self._on_search_changed)
        self._search.returnPressed.connect(self._on_next_wanted)
        self._text.page_chosen.connect(self.show_page)
        self._text.leading_out.connect(self._on_leading_out)
        key = QKeySequence.StandardKey
        for keys, act in (
            (key.Find, self._search.setFocus),
            (key.Back, self._on_back),
            (key.Forward, self._on_forward),
            (key.Close, self.close),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _turn_to(self, name: str) -> None:
        self._page = name
        self._banner.hide()
        self._text.show_page(name)
        self._choose_row()
        self._back.setEnabled(bool(self._before))
        self._forward.setEnabled(bool(self._after))

    def _list_pages(self) -> None:
        self._listed = tuple(page for page in self._pages if page.holds(self._search.text()))
        with QSignalBlocker(self._list):
            self._list.clear()
            self._list.addItems([page.title for page in self._listed])
        self._nothing.setVisible(not self._listed)
        self._choose_row()

    def _choose_row(self) -> None:
        """Mark the page that is read, where it is listed."""
        names = [page.name for page in self._listed]
        with QSignalBlocker(self._list):
            self._list.setCurrentRow(names.index(self._page) if self._page in names else -1)

    def _on_row_chosen(self, at: int) -> None:
        if at >= 0:
            self.show_page(self._listed[at].name)

    def _on_search_changed(self, wanted: str) -> None:
        self._list_pages()
        if self._list.currentRow() < 0 and self._listed:
            self.show_page(self._listed[0].name)
        self._text.mark(wanted)
        self._text.go_to_next(is_first=True)

    def _on_next_wanted(self) -> None:
        """Go to the next place of the page, after its last to the next page that holds the words."""
        if not self._listed or self._text.go_to_next():
            return
        self.show_page(self._listed[(self._list.currentRow() + 1) % len(self._listed)].name)
        self._text.go_to_next(is_first=True)

    def _on_back(self) -> None:
        if self._before:
            self._after.append(self._page)
            self._turn_to(self._before.pop())

    def _on_forward(self) -> None:
        if self._after:
            self._before.append(self._page)
            self._turn_to(self._after.pop())

    def _on_leading_out(self, link: QUrl) -> None:
        """A link that leaves the manual is followed only by a second click."""
        follow = NoticeAction("Open in the Browser", lambda: QDesktopServices.openUrl(link))
        text = f"This link leads out of the manual, to {link.toDisplayString()}."
        self._banner.show_notice(Notice(Kind.NOTICE, text, actions=(follow,)))
