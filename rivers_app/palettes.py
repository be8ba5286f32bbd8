"""The colors of the app, light and dark: surfaces, text, accent, and one color and mark for each partition state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from rivers_core.states import PartitionState


class Scheme(StrEnum):
    """Whether the app is drawn light or dark."""

    LIGHT = "light"
    DARK = "dark"


class StateColors(StrEnum):
    """Which set of state colors a person chose."""

    DISTINCT = "distinct"
    CLASSIC = "classic"


class Mark(StrEnum):
    """The shape drawn on a cell beside its color, so that color is never the only sign."""

    NONE = ""
    CROSS = "×"  # noqa: RUF001
    DASH = "–"  # noqa: RUF001
    POINT = "·"
    DOT = "•"
    RING = "○"


STATE_MARKS: Final[Mapping[PartitionState, Mark]] = MappingProxyType(
    {
        PartitionState.MISSING: Mark.NONE,
        PartitionState.COMPLETED: Mark.NONE,
        PartitionState.RUNNING: Mark.RING,
        PartitionState.FAILED: Mark.CROSS,
        PartitionState.CANCELED: Mark.DASH,
        PartitionState.STALE: Mark.POINT,
        PartitionState.QUEUED: Mark.DOT,
    }
)


@dataclass(frozen=True, slots=True)
class StatePalette:
    """What partition states look like, as `#rrggbb`; `background` is the surface cells lie on.

    A missing cell is the background with `missing_outline` around it; where cells are too small for an
    outline, `missing_area` fills them. `failure_tint` is what blocks with failures among them move towards.
    """

    background: str
    fills: Mapping[PartitionState, str]
    missing_outline: str
    missing_area: str
    failure_tint: str


@dataclass(frozen=True, slots=True)
class ThemeColors:
    """The colors of everything but partition states, as `#rrggbb`; the names are the QSS templates' placeholders."""

    window: str
    surface: str
    raised: str
    sunken: str
    hover: str
    pressed: str
    border: str
    border_strong: str
    text: str
    text_muted: str
    text_disabled: str
    accent: str
    accent_fill: str
    accent_fill_hover: str
    accent_fill_pressed: str
    on_accent: str
    accent_soft: str
    accent_border: str
    danger: str
    danger_fill: str
    danger_fill_hover: str
    danger_fill_pressed: str
    on_danger: str
    danger_soft: str
    danger_border: str
    warning: str
    warning_soft: str
    warning_border: str
    success: str
    success_soft: str
    success_border: str
    scroll_thumb: str
    scroll_thumb_hover: str
    tooltip: str
    on_tooltip: str


DARK_COLORS: Final = ThemeColors(
    window="#1c1e23",
    surface="#16181c",
    raised="#24272d",
    sunken="#131518",
    hover="#2a2d34",
    pressed="#31353d",
    border="#2d3138",
    border_strong="#3f444d",
    text="#e7e9ec",
    text_muted="#a0a6b0",
    text_disabled="#646b76",
    accent="#93a2ff",
    accent_fill="#4c5ddb",
    accent_fill_hover="#5667e6",
    accent_fill_pressed="#4150c4",
    on_accent="#ffffff",
    accent_soft="#272c48",
    accent_border="#47519a",
    danger="#ff8d7a",
    danger_fill="#c23a2a",
    danger_fill_hover="#cd4636",
    danger_fill_pressed="#a93022",
    on_danger="#ffffff",
    danger_soft="#3a2220",
    danger_border="#74352d",
    warning="#f0c04e",
    warning_soft="#352d1a",
    warning_border="#6b5724",
    success="#6fd09a",
    success_soft="#1b3026",
    success_border="#2f6146",
    scroll_thumb="#3f444d",
    scroll_thumb_hover="#575d68",
    tooltip="#30343b",
    on_tooltip="#f1f2f4",
)

LIGHT_COLORS: Final = ThemeColors(
    window="#f5f6f8",
    surface="#ffffff",
    raised="#ffffff",
    sunken="#eef0f3",
    hover="#eceef2",
    pressed="#e1e4ea",
    border="#e0e3e8",
    border_strong="#c6cbd3",
    text="#1a1d22",
    text_muted="#59616d",
    text_disabled="#a3a9b3",
    accent="#4152cf",
    accent_fill="#4a5be0",
    accent_fill_hover="#4152cf",
    accent_fill_pressed="#3645b4",
    on_accent="#ffffff",
    accent_soft="#e8ebfd",
    accent_border="#b4bdf5",
    danger="#b3261e",
    danger_fill="#c4311f",
    danger_fill_hover="#b02a1a",
    danger_fill_pressed="#962214",
    on_danger="#ffffff",
    danger_soft="#fdecea",
    danger_border="#f0b9b3",
    warning="#7d5700",
    warning_soft="#fdf4dc",
    warning_border="#e6cd8b",
    success="#1a6b41",
    success_soft="#e5f5ec",
    success_border="#a9d8bd",
    scroll_thumb="#c6cbd3",
    scroll_thumb_hover="#a3a9b3",
    tooltip="#2b2f36",
    on_tooltip="#f5f6f8",
)

_DARK_CELLS: Final = ("#16181c", "#4a5058", "#24272c")
_LIGHT_CELLS: Final = ("#ffffff", "#cfd3d9", "#eceef1")


def _palette(
    cells: tuple[str, str, str],
    *,
    completed: str,
    running: str,
    failed: str,
    canceled: str,
    stale: str,
    queued: str,
    failure_tint: str | None = None,
) -> StatePalette:
    background, outline, area = cells
    fills = {
        PartitionState.MISSING: background,
        PartitionState.COMPLETED: completed,
        PartitionState.RUNNING: running,
        PartitionState.FAILED: failed,
        PartitionState.CANCELED: canceled,
        PartitionState.STALE: stale,
        PartitionState.QUEUED: queued,
    }
    return StatePalette(background, MappingProxyType(fills), outline, area, failure_tint or failed)


# The distinct sets keep every two states apart for every type of color vision (the tests compute it).
# The classic ones are what other orchestrators use: green and red, told apart by their marks where color fails.
STATE_PALETTES: Final[Mapping[tuple[StateColors, Scheme], StatePalette]] = MappingProxyType(
    {
        (StateColors.DISTINCT, Scheme.DARK): _palette(
            _DARK_CELLS,
            completed="#216fc4",
            running="#fff157",
            failed="#f4573a",
            canceled="#d89fe0",
            stale="#a6eaca",
            queued="#82848d",
        ),
        (StateColors.DISTINCT, Scheme.LIGHT): _palette(
            _LIGHT_CELLS,
            completed="#1f8cb5",
            running="#8b7603",
            failed="#761600",
            canceled="#6e2486",
            stale="#146156",
            queued="#90938c",
            failure_tint="#cc2f12",  # brighter than failed, which would turn other colors gray
        ),
        (StateColors.CLASSIC, Scheme.DARK): _palette(
            _DARK_CELLS,
            completed="#3fa34d",
            running="#58a6ff",
            failed="#e5403a",
            canceled="#c78bdb",
            stale="#e8b339",
            queued="#82848d",
        ),
        (StateColors.CLASSIC, Scheme.LIGHT): _palette(
            _LIGHT_CELLS,
            completed="#2c974b",
            running="#1f6feb",
            failed="#b3180f",
            canceled="#8250a8",
            stale="#9a6700",
            queued="#8b9097",
        ),
    }
)

THEME_COLORS: Final[Mapping[Scheme, ThemeColors]] = MappingProxyType(
    {Scheme.DARK: DARK_COLORS, Scheme.LIGHT: LIGHT_COLORS}
)


def mixed(base: str, other: str, share: float) -> str:
    """`base` moved towards `other` by `share` (0 to 1) in sRGB; both and the result are `#rrggbb`."""
    channels = (
        round(int(base[at : at + 2], 16) * (1 - share) + int(other[at : at + 2], 16) * share) for at in (1, 3, 5)
    )
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def readable_on(fill: str) -> str:
    """Near-black or white, whichever is easier to see on `fill` (`#rrggbb`), by WCAG relative luminance."""
    light = _luminance(fill)
    against_white = 1.05 / (light + 0.05)
    against_ink = (light + 0.05) / (_luminance(_INK) + 0.05)
    return _PAPER if against_white >= against_ink else _INK


_INK: Final = "#101216"
_PAPER: Final = "#ffffff"


def _luminance(color: str) -> float:
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
