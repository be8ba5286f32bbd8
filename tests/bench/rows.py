"""What every measurement hands back: rows of a name, a value, its unit and the figure to reach."""

from __future__ import annotations

import json
from typing import Any, Final

# What was measured, in the form that JSON holds: name, value, unit, target (None where there is nothing to reach).
Row = dict[str, Any]

_AT_LEAST: Final = ("≥", ">=")
_AT_MOST: Final = ("≤", "<=")


def row(name: str, value: float, unit: str, target: str | None = None) -> Row:
    """`target` is a sign and a number, such as "≥ 3000" or "≤ 0.5"."""
    return {"name": name, "value": _rounded(value), "unit": unit, "target": target}


def is_met(measured: Row) -> bool | None:
    """Whether the value reaches its target; None without one. A plain number is a floor for rates, else a ceiling."""
    target = measured["target"]
    if target is None:
        return None
    if isinstance(target, str):
        sign, number = target.split()
        bound, at_least = float(number.replace(",", "")), sign in _AT_LEAST
        assert at_least or sign in _AT_MOST, target
    else:
        bound, at_least = float(target), measured["unit"].endswith("/s")
    value = float(measured["value"])
    return value >= bound if at_least else value <= bound


def print_rows(rows: list[Row]) -> None:
    """As JSON, for a measurement that is run by itself."""
    print(json.dumps(rows, indent=2, ensure_ascii=False))


def _rounded(value: float) -> float:
    """Four digits that count, whatever the size."""
    return float(f"{value:.4g}") if abs(value) < 1000 else round(value)
