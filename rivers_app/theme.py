"""The look of the app: design tokens, the current theme, and the style sheet made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtCore import QDir, QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from rivers_app.palettes import (
    STATE_PALETTES,
    THEME_COLORS,
    Scheme,
    StateColors,
    StatePalette,
    ThemeColors,
)
from rivers_core.states import PartitionState

GRID: Final = 4
"""Pixels; every distance in the app is a multiple of it."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Distances in pixels."""

    space_1: int = GRID
    space_2: int = 2 * GRID
    space_3: int = 3 * GRID
    space_4: int = 4 * GRID
    space_6: int = 6 * GRID
    radius_small: int = 4
    radius: int = 6
    radius_large: int = 10


METRICS: Final = Metrics()

# Relative to the system's font, so that text grows with it.
_FONT_SCALES: Final = {"font_small": 0.88, "font_body": 1.0, "font_large": 1.15, "font_title": 1.45}

_DRAWN_PARTS: Final = ("check", "minus", "chevron-down", "chevron-up", "chevron-right", "x")
_PART_COLORS: Final = ("text_muted", "text_disabled", "on_accent", "text")


@dataclass(frozen=True, slots=True)
class Theme:
    """Everything a painter needs to know about colors; equal themes look the same."""

    scheme: Scheme
    state_colors: StateColors
    colors: ThemeColors
    states: StatePalette

    @classmethod
    def of(cls, scheme: Scheme, state_colors: StateColors = StateColors.DISTINCT) -> Theme:
        return cls(scheme, state_colors, THEME_COLORS[scheme], STATE_PALETTES[state_colors, scheme])

    def state_color(self, state: PartitionState) -> QColor:
        """The fill of a state's swatch; for missing, its outline."""
        if state is PartitionState.MISSING:
            return QColor(self.states.missing_outline)
        return QColor(self.states.fills[state])


class Appearance(QObject):
    """Dresses the application and tells when its look changed; one of it lives as long as the application.

    `scheme=None` follows the system, also while the app runs.
    """

    theme_changed = Signal(object)
    """The new `Theme`, after it was applied."""

    def __init__(self, application: QApplication, resources: Path) -> None:
        super().__init__(application)
        self._application = application
        self._resources = resources
        self._parts = QTemporaryDir()
        QDir.setSearchPaths("theme", [self._parts.path()])
        self._system_font = QFont(application.font())
        self._chosen_scheme: Scheme | None = None
        self._state_colors = StateColors.DISTINCT
        self._text_scale = 1.0
        self._theme = Theme.of(self._scheme())
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._on_system_scheme_changed)
        self._apply()

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def resources(self) -> Path:
        return self._resources

    def choose(
        self,
        *,
        scheme: Scheme | None = None,
        state_colors: StateColors = StateColors.DISTINCT,
        text_scale: float = 1.0,
    ) -> None:
        """Use these from now on; `scheme=None` follows the system, `text_scale` multiplies the system's font."""
        self._chosen_scheme = scheme
        self._state_colors = state_colors
        self._text_scale = text_scale
        hints = self._application.styleHints()
        if scheme is None:
            hints.unsetColorScheme()
        else:  # also the parts that the system draws: title bars and its own dialogs
            hints.setColorScheme(_QT_SCHEMES[scheme])
        self._apply()

    def _scheme(self) -> Scheme:
        if self._chosen_scheme is not None:
            return self._chosen_scheme
        dark = self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return Scheme.DARK if dark else Scheme.LIGHT

    def _on_system_scheme_changed(self) -> None:
        if Theme.of(self._scheme(), self._state_colors) != self._theme:
            self._apply()

    def _apply(self) -> None:
        self._theme = Theme.of(self._scheme(), self._state_colors)
        font = scaled_font(self._system_font, self._text_scale)
        self._application.setFont(font)
        self._application.setPalette(widget_palette(self._theme.colors))
        write_drawn_parts(self._resources / "icons", Path(self._parts.path()), self._theme)
        self._application.setStyleSheet(style_sheet(self._resources / "themes", self._theme, font))
        self.theme_changed.emit(self._theme)


_QT_SCHEMES: Final = {Scheme.LIGHT: Qt.ColorScheme.Light, Scheme.DARK: Qt.ColorScheme.Dark}


def scaled_font(font: QFont, factor: float) -> QFont:
    """A copy of `font`, whose size is in points or in pixels, `factor` times as large."""
    scaled = QFont(font)
    if font.pixelSize() > 0:
        scaled.setPixelSize(round(font.pixelSize() * factor))
    else:
        scaled.setPointSizeF(font.pointSizeF() * factor)
    return scaled


def style_sheet(folder: Path, theme: Theme, font: QFont) -> str:
    """The style sheet: all `*.qss` of `folder` in order of their names, with the tokens put in.

    Raises `KeyError` for a placeholder that is no token.
    """
    tokens = {**asdict(theme.colors), **_lengths(), **_font_sizes(font), "scheme": theme.scheme.value}
    templates = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.qss")))
    return "\n".join(Template(text).substitute(tokens) for text in templates)


def _lengths() -> dict[str, str]:
    return {name: f"{pixels}px" for name, pixels in asdict(METRICS).items()}


def _font_sizes(font: QFont) -> dict[str, str]:
    if font.pixelSize() > 0:
        return {name: f"{round(font.pixelSize() * scale)}px" for name, scale in _FONT_SCALES.items()}
    return {name: f"{font.pointSizeF() * scale:.1f}pt" for name, scale in _FONT_SCALES.items()}


def write_drawn_parts(icons: Path, folder: Path, theme: Theme) -> None:
    """Write the arrows and check marks that style sheets refer to, as `theme:<icon>-<color>-<scheme>.svg`."""
    colors = asdict(theme.colors)
    for icon in _DRAWN_PARTS:
        drawing = (icons / f"{icon}.svg").read_text(encoding="utf-8")
        for color in _PART_COLORS:
            tinted = drawing.replace("currentColor", colors[color])
            (folder / f"{icon}-{color}-{theme.scheme.value}.svg").write_text(tinted, encoding="utf-8")


def widget_palette(colors: ThemeColors) -> QPalette:
    """The palette behind the style sheet, for whatever the sheet doesn't name."""
    role = QPalette.ColorRole
    palette = QPalette()
    for name, color in {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.surface,
        role.AlternateBase: colors.window,
        role.Text: colors.text,
        role.PlaceholderText: colors.text_muted,
        role.Button: colors.raised,
        role.ButtonText: colors.text,
        role.BrightText: colors.danger,
        role.Light: colors.raised,
        role.Midlight: colors.hover,
        role.Mid: colors.border,
        role.Dark: colors.border_strong,
        role.Shadow: colors.sunken,
        role.Highlight: colors.accent_fill,
        role.HighlightedText: colors.on_accent,
        role.Link: colors.accent,
        role.LinkVisited: colors.accent,
        role.ToolTipBase: colors.tooltip,
        role.ToolTipText: colors.on_tooltip,
        role.Accent: colors.accent_fill,
    }.items():
        palette.setColor(name, QColor(color))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colors.text_disabled))
    return palette
