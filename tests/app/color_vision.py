"""Color differences and simulated color vision, to check palettes with: CIEDE2000, Machado 2009, WCAG contrast.

Sources: G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations", Color Research & Application 30 (2005);
G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A physiologically-based model for simulation of color vision
deficiency", IEEE TVCG 15 (2009), matrices for severity 1.0, applied to linear RGB; IEC 61966-2-1 (sRGB);
W3C, "Web Content Accessibility Guidelines 2.1", relative luminance and contrast ratio.
"""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Vector = tuple[float, float, float]

MACHADO_SEVERITY_1: dict[str, tuple[Vector, Vector, Vector]] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}

_SRGB_TO_XYZ: tuple[Vector, Vector, Vector] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_D65_WHITE: Vector = (0.95047, 1.0, 1.08883)


def linear_rgb(color: str) -> Vector:
    """Linear red, green and blue from 0 to 1 of a color written `#rrggbb`."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def as_seen_with(vision: str, color: str) -> Vector:
    """Linear RGB of `color` for a person with that color vision, clipped to what a screen can show."""
    red, green, blue = _times(MACHADO_SEVERITY_1[vision], linear_rgb(color))
    return _clip(red), _clip(green), _clip(blue)


def _clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))


def _times(matrix: tuple[Vector, Vector, Vector], vector: Vector) -> Vector:
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


def lab(linear: Vector) -> Vector:
    """CIE L*a*b* under D65 of a linear RGB color."""
    x, y, z = (_lab_curve(value / white) for value, white in zip(_times(_SRGB_TO_XYZ, linear), _D65_WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _lab_curve(t: float) -> float:
    return float(t ** (1 / 3)) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116


def ciede2000(first: Vector, second: Vector) -> float:
    """The CIEDE2000 difference of two L*a*b* colors with all weights 1; names as in Sharma 2005."""
    l1, a1, b1 = first
    l2, a2, b2 = second
    mean_chroma7 = ((hypot(a1, b1) + hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - sqrt(mean_chroma7 / (mean_chroma7 + 25**7)))
    c1, h1 = _polar(a1 * (1 + g), b1)
    c2, h2 = _polar(a2 * (1 + g), b2)
    hue_step = _hue_step(c1, h1, c2, h2)
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * sqrt(c1 * c2) * sin(radians(hue_step / 2))
    lm, cm, hm = (l1 + l2) / 2, (c1 + c2) / 2, _mean_hue(c1, h1, c2, h2)
    sl = 1 + 0.015 * (lm - 50) ** 2 / sqrt(20 + (lm - 50) ** 2)
    sc = 1 + 0.045 * cm
    sh = 1 + 0.015 * cm * _hue_weight(hm)
    rt = _rotation(cm, hm)
    return sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))


def _polar(a: float, b: float) -> tuple[float, float]:
    return hypot(a, b), degrees(atan2(b, a)) % 360


def _hue_step(c1: float, h1: float, c2: float, h2: float) -> float:
    if c1 * c2 == 0:
        return 0.0
    step = h2 - h1
    return step - 360 if step > 180 else step + 360 if step < -180 else step


def _mean_hue(c1: float, h1: float, c2: float, h2: float) -> float:
    if c1 * c2 == 0:
        return h1 + h2
    if abs(h1 - h2) <= 180:
        return (h1 + h2) / 2
    return (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2


def _hue_weight(hm: float) -> float:
    return (
        1
        - 0.17 * cos(radians(hm - 30))
        + 0.24 * cos(radians(2 * hm))
        + 0.32 * cos(radians(3 * hm + 6))
        - 0.20 * cos(radians(4 * hm - 63))
    )


def _rotation(cm: float, hm: float) -> float:
    turn = 30 * exp(-(((hm - 275) / 25) ** 2))
    return -sin(radians(2 * turn)) * 2 * sqrt(cm**7 / (cm**7 + 25**7))


def difference(first: str, second: str, vision: str) -> float:
    """CIEDE2000 between two `#rrggbb` colors as a person with that color vision sees them."""
    return ciede2000(lab(as_seen_with(vision, first)), lab(as_seen_with(vision, second)))


def contrast(first: str, second: str) -> float:
    """The WCAG contrast ratio, from 1 to 21."""
    lights = sorted((_luminance(first), _luminance(second)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = linear_rgb(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
