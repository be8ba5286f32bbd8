"""The color arithmetic that palettes are checked with agrees with what was published."""

from __future__ import annotations

import pytest

from tests.app.color_vision import MACHADO_SEVERITY_1, ciede2000, contrast, difference

# From the supplementary test data of Sharma, Wu and Dalal 2005.
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (50.0, 3.2972, 0.0), 1.0),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "published"), PUBLISHED)
def test_ciede2000_agrees_with_the_published_pairs(first, second, published):
    assert ciede2000(first, second) == pytest.approx(published, abs=5e-5)
    assert ciede2000(second, first) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize("vision", MACHADO_SEVERITY_1)
def test_gray_stays_gray_for_every_color_vision(vision):
    assert difference("#808080", "#808080", vision) == 0
    assert sum(MACHADO_SEVERITY_1[vision][0]) == pytest.approx(1, abs=1e-5)


def test_red_and_green_come_together_for_deuteranopes():
    assert difference("#c00000", "#5f6b00", "deutan") < difference("#c00000", "#5f6b00", "normal") / 2


def test_black_on_white_has_the_largest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
