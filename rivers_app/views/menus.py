"""The menu bar: every action of the window with its shortcut, in menus and for the search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from rivers_app.palettes import Scheme, StateColors

Shortcut = QKeySequence.StandardKey | str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One action; `needs_project` disables it while none is open."""

    name: str
    text: str
    shortcut: Shortcut = None
    needs_project: bool = False


_KEY = QKeySequence.StandardKey
_WHERE_THERE_IS_NONE = {_KEY.Preferences: "Ctrl+,"}
"""Keys that many programs of a system share for what Qt has no standard for there."""
_FILE = (
    Entry("open_project", "&Open Project…", _KEY.Open),
    Entry("new_project", "&New Project…", _KEY.New),
    Entry("open_demo", "Try the &Demo"),
    Entry("close_project", "&Close Project", _KEY.Close, needs_project=True),
    None,
    Entry("reload_code", "&Reload Code", _KEY.Refresh, needs_project=True),
    Entry("project_python", "&Python and Packages…", "Ctrl+Shift+P", needs_project=True),
    None,
    Entry("quit", "&Quit", _KEY.Quit),
)
_EDIT = (
    Entry("copy", "&Copy", _KEY.Copy),
    Entry("select_all", "Select &All", _KEY.SelectAll),
    None,
    Entry("filter", "&Filter This Page", _KEY.Find, needs_project=True),
    Entry("search", "&Search…", "Ctrl+K"),
    None,
    Entry("preferences", "&Preferences…", _KEY.Preferences),
)
_PAGES = (
    Entry("show_assets", "&Assets", "Ctrl+1", needs_project=True),
    Entry("show_backfills", "&Backfills", "Ctrl+2", needs_project=True),
    Entry("show_runs", "&Runs", "Ctrl+3", needs_project=True),
    Entry("show_outputs", "&Outputs", "Ctrl+4", needs_project=True),
)
_BACKFILL = (
    Entry("backfill", "&Backfill…", "Ctrl+B", needs_project=True),
    Entry("backfill_missing", "Backfill All &Missing…", "Ctrl+Shift+B", needs_project=True),
    Entry("backfill_failed", "Backfill All &Failed…", needs_project=True),
    None,
    Entry("pause_all", "&Pause All", needs_project=True),
    Entry("resume_all", "&Resume All", needs_project=True),
    Entry("cancel_all", "&Cancel All", needs_project=True),
    None,
    Entry("verify_outputs", "&Verify Outputs…", needs_project=True),
)
_HELP = (
    Entry("help", "&Manual", _KEY.HelpContents),
    Entry("shortcuts", "&Keyboard Shortcuts", "Ctrl+/"),
    None,
    Entry("about", "&About Rivers Desktop"),
)


class Menus(QObject):
    """Makes the actions; `action(name)` gives one to connect or to enable."""

    def __init__(self, bar: QMenuBar) -> None:
        super().__init__(bar)
        self._actions: dict[str, QAction] = {}
        self._need_project: list[QAction] = []
        self.recent_menu = QMenu("Open &Recent", bar)
        self.recent_menu.setObjectName("recentMenu")
        self.schemes = QActionGroup(self)
        self.state_colors = QActionGroup(self)
        file_menu = self._menu(bar, "&File", _FILE)
        file_menu.insertMenu(self.action("open_demo"), self.recent_menu)
        self._menu(bar, "&Edit", _EDIT)
        self._fill_view_menu(self._menu(bar, "&View", _PAGES))
        self._menu(bar, "&Backfill", _BACKFILL)
        self._menu(bar, "&Help", _HELP)

    @property
    def actions(self) -> tuple[QAction, ...]:
        """Every action, in the order of the menus."""
        return tuple(self._actions.values())

    def action(self, name: str) -> QAction:
        """Raises KeyError if there is none of that name."""
        return self._actions[name]

    def on(self, name: str, triggered: Callable[[], object]) -> None:
        self._actions[name].triggered.connect(lambda _checked=False: triggered())

    def set_has_project(self, has_project: bool) -> None:
        for action in self._need_project:
            action.setEnabled(has_project)

    def _menu(self, bar: QMenuBar, title: str, entries: tuple[Entry | None, ...]) -> QMenu:
        menu = bar.addMenu(title)
        menu.setObjectName(f"{title.replace('&', '').lower()}Menu")
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            else:
                menu.addAction(self._made(entry))
        return menu

    def _made(self, entry: Entry) -> QAction:
        action = QAction(entry.text, self)
        action.setObjectName(f"{entry.name}Action")
        if entry.shortcut is not None:
            action.setShortcut(_sequence(entry.shortcut))
        if entry.needs_project:
            self._need_project.append(action)
        self._actions[entry.name] = action
        return action

    def _fill_view_menu(self, menu: QMenu) -> None:
        menu.addSeparator()
        looks = menu.addMenu("&Theme")
        looks.setObjectName("themeMenu")
        looks.addActions(
            [
                self._choice(self.schemes, Entry("theme_system", "&System"), None, "Theme of the System"),
                self._choice(self.schemes, Entry("theme_light", "&Light"), Scheme.LIGHT, "Light Theme"),
                self._choice(self.schemes, Entry("theme_dark", "&Dark"), Scheme.DARK, "Dark Theme"),
            ]
        )
        looks.addSeparator()
        for_all, classic = StateColors.DISTINCT, StateColors.CLASSIC
        looks.addActions(
            [
                self._choice(
                    self.state_colors,
                    Entry("colors_distinct", "&Colors for Every Eye"),
                    for_all,
                    "Colors for Every Eye",
                ),
                self._choice(
                    self.state_colors, Entry("colors_classic", "&Green and Red"), classic, "Green and Red Colors"
                ),
            ]
        )
        menu.addSeparator()
        menu.addAction(self._made(Entry("full_screen", "&Full Screen", _KEY.FullScreen)))

    def _choice(self, group: QActionGroup, entry: Entry, value: object, tip: str) -> QAction:
        action = self._made(entry)
        action.setToolTip(tip)
        action.setCheckable(True)
        action.setData(value)
        return group.addAction(action)


def _sequence(shortcut: QKeySequence.StandardKey | str) -> QKeySequence:
    standard = QKeySequence(shortcut)
    if standard.isEmpty() and isinstance(shortcut, QKeySequence.StandardKey):
        return QKeySequence(_WHERE_THERE_IS_NONE.get(shortcut, ""))
    return standard
