"""The look: colors that everyone can tell apart, a style sheet without holes, and a theme that follows."""

from __future__ import annotations

import re
from dataclasses import asdict
from itertools import combinations

import pytest
from PySide6.QtCore import QFile, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QPushButton

from rivers_app.heatmap.pyramid import TINTS
from rivers_app.heatmap.sprites import fill_of
from rivers_app.icons import Icons
from rivers_app.palettes import (
    STATE_MARKS,
    STATE_PALETTES,
    THEME_COLORS,
    Mark,
    Scheme,
    StateColors,
    mixed,
    readable_on,
)
from rivers_app.theme import Theme, style_sheet
from rivers_core.resources import resources_folder
from rivers_core.states import PartitionState
from tests.app.color_vision import MACHADO_SEVERITY_1, contrast, difference

FILLED = [state for state in PartitionState if state is not PartitionState.MISSING]


@pytest.mark.parametrize("vision", MACHADO_SEVERITY_1)
@pytest.mark.parametrize("scheme", Scheme)
def test_every_two_states_differ_for_every_color_vision(scheme, vision):
    palette = STATE_PALETTES[StateColors.DISTINCT, scheme]
    drawn = [*palette.fills.values(), palette.missing_area]
    pairs = [pair for pair in combinations(drawn, 2) if set(pair) != {palette.background, palette.missing_area}]
    closest = min((difference(first, second, vision), first, second) for first, second in pairs)
    assert closest[0] >= 15, closest


@pytest.mark.parametrize("scheme", Scheme)
def test_classic_colors_differ_for_normal_vision(scheme):
    fills = STATE_PALETTES[StateColors.CLASSIC, scheme].fills.values()
    assert min(difference(first, second, "normal") for first, second in combinations(fills, 2)) >= 15


@pytest.mark.parametrize("key", STATE_PALETTES)
def test_every_state_but_missing_stands_out_from_the_background(key):
    palette = STATE_PALETTES[key]
    assert all(contrast(palette.fills[state], palette.background) >= 3 for state in FILLED)
    assert palette.fills[PartitionState.MISSING] == palette.background != palette.missing_outline


@pytest.mark.parametrize("key", STATE_PALETTES)
def test_marks_stand_out_from_their_cells(key):
    palette = STATE_PALETTES[key]
    assert all(contrast(readable_on(palette.fills[state]), palette.fills[state]) >= 3 for state in FILLED)


def test_states_that_are_no_plain_success_have_marks_of_their_own():
    marks = [STATE_MARKS[state] for state in FILLED if state is not PartitionState.COMPLETED]
    assert Mark.NONE not in marks
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("key", STATE_PALETTES)
def test_one_failure_in_a_block_shows_and_more_show_more(key):
    palette = STATE_PALETTES[key]
    for state in (PartitionState.COMPLETED, PartitionState.MISSING, PartitionState.QUEUED):
        steps = [fill_of(palette, state, tint) for tint in range(TINTS + 1)]
        assert difference(steps[0], steps[1], "normal") >= 10
        to_failed = [difference(step, palette.failure_tint, "normal") for step in steps]
        assert to_failed == sorted(to_failed, reverse=True)


@pytest.mark.parametrize("scheme", Scheme)
def test_text_is_readable_on_every_surface(scheme):
    colors = THEME_COLORS[scheme]
    for surface in (colors.window, colors.surface, colors.raised, colors.sunken, colors.hover, colors.accent_soft):
        assert contrast(colors.text, surface) >= 7
        assert contrast(colors.text_muted, surface) >= 4.5
    for text, fill in (
        (colors.on_accent, colors.accent_fill),
        (colors.on_accent, colors.accent_fill_hover),
        (colors.on_danger, colors.danger_fill),
        (colors.on_danger, colors.danger_fill_hover),
        (colors.danger, colors.danger_soft),
        (colors.warning, colors.warning_soft),
        (colors.success, colors.success_soft),
        (colors.accent, colors.accent_soft),
        (colors.on_tooltip, colors.tooltip),
    ):
        assert contrast(text, fill) >= 4.5, (text, fill)


@pytest.mark.parametrize("scheme", Scheme)
def test_the_style_sheet_has_no_placeholder_left(qapp, scheme):
    sheet = style_sheet(resources_folder() / "themes", Theme.of(scheme), qapp.font())
    assert "$" not in sheet
    assert THEME_COLORS[scheme].accent_fill in sheet


def test_the_templates_hold_no_color_of_their_own():
    for template in (resources_folder() / "themes").glob("*.qss"):
        written = re.findall(r":[^;{}]*(#[0-9a-fA-F]{3,8}\b|rgba?\()", template.read_text(encoding="utf-8"))
        assert not written, template.name


def test_every_drawn_part_the_style_sheet_names_exists(appearance, qapp):
    parts = {part.split(")")[0] for part in qapp.styleSheet().split("url(")[1:]}
    assert parts
    assert all(QFile.exists(part) for part in parts)


def test_text_sizes_follow_the_systems_font():
    large = QFont()
    large.setPointSizeF(20)
    assert "font-size: 23.0pt" in style_sheet(resources_folder() / "themes", Theme.of(Scheme.LIGHT), large)


def test_a_chosen_theme_is_applied_and_told(appearance, qapp, qtbot):
    with qtbot.waitSignal(appearance.theme_changed) as told:
        appearance.choose(scheme=Scheme.DARK, state_colors=StateColors.CLASSIC)
    assert told.args == [Theme.of(Scheme.DARK, StateColors.CLASSIC)]
    assert appearance.theme is not None
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(THEME_COLORS[Scheme.DARK].window)


def test_the_theme_follows_the_system_while_none_is_chosen(appearance, qapp, monkeypatch):
    schemes = {"now": Qt.ColorScheme.Dark}
    monkeypatch.setattr(type(qapp.styleHints()), "colorScheme", lambda _hints: schemes["now"])
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert appearance.theme.scheme is Scheme.DARK
    schemes["now"] = Qt.ColorScheme.Light
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert appearance.theme.scheme is Scheme.LIGHT


def test_larger_text_is_the_systems_font_scaled(appearance, qapp):
    before = qapp.font().pointSizeF()
    appearance.choose(text_scale=4 / 3)
    assert qapp.font().pointSizeF() == pytest.approx(before * 4 / 3, abs=0.1)
    appearance.choose()
    assert qapp.font().pointSizeF() == pytest.approx(before, abs=0.1)


def test_an_icon_takes_its_color_from_the_theme_and_follows_it(appearance):
    icon = Icons(appearance).icon("square", "text")
    for scheme in Scheme:
        appearance.choose(scheme=scheme)
        image = icon.pixmap(QSize(48, 48)).toImage()
        colors = {
            image.pixelColor(x, y).name() for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255
        }
        assert colors == {THEME_COLORS[scheme].text}


def test_a_disabled_icon_is_faint(appearance, qtbot):
    appearance.choose(scheme=Scheme.LIGHT)
    button = QPushButton()
    qtbot.addWidget(button)
    button.setIcon(Icons(appearance).icon("square"))
    image = button.icon().pixmap(QSize(48, 48), mode=button.icon().Mode.Disabled).toImage()
    assert image.pixelColor(24, 6).name() == THEME_COLORS[Scheme.LIGHT].text_disabled


def test_an_icon_of_a_part_that_has_no_room_is_nothing(appearance):
    assert Icons(appearance).icon("square").pixmap(QSize(0, 16)).isNull()


def test_unknown_icons_and_colors_are_refused(appearance):
    with pytest.raises(FileNotFoundError):
        Icons(appearance).icon("no-such-icon")
    with pytest.raises(AttributeError):
        Icons(appearance).icon("square", "no_such_color")


def test_the_programs_icon_is_drawn_at_all_sizes(appearance):
    icon = Icons(appearance).application_icon()
    for side in (16, 24, 32, 48, 256):
        image = icon.pixmap(QSize(side, side)).toImage()
        assert image.width() == side
        assert image.pixelColor(side // 2, side // 2).alpha() == 255


def test_mixing_goes_from_one_color_to_the_other():
    assert mixed("#000000", "#ffffff", 0) == "#000000"
    assert mixed("#000000", "#ffffff", 1) == "#ffffff"
    assert mixed("#000000", "#ff8000", 0.5) == "#804000"


def test_all_color_tokens_are_six_digit_colors():
    for colors in THEME_COLORS.values():
        assert all(QColor(value).name() == value for value in asdict(colors).values())
