"""The written form of a window's start: moments to labels and back, quickly for formats of plain numbers."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

# Directive: attribute of a datetime, width in digits.
_NUMBERS = {
    "Y": ("year", 4),
    "m": ("month", 2),
    "d": ("day", 2),
    "H": ("hour", 2),
    "M": ("minute", 2),
    "S": ("second", 2),
    "f": ("microsecond", 6),
}
_DIRECTIVE = re.compile(r"%(.)", re.DOTALL)
_WEEKDAYS = frozenset("aAuw")


# Formats that are the beginning of an ISO date and time: how much of it, and what follows.
_ISO = {
    "%Y-%m": (7, ""),
    "%Y-%m-%d": (10, ""),
    "%Y-%m-%dT%H:00": (13, ":00"),
    "%Y-%m-%dT%H:%M": (16, ""),
    "%Y-%m-%dT%H:%M:%S": (19, ""),
}
_NUMBER = re.compile("[0-9]+")


class KeyFormat:
    """Writes and reads the labels of a time grid in one `strftime` format."""

    def __init__(self, fmt: str, weekday: int = 1) -> None:
        """`weekday` (1 is Monday) completes a format that names ISO weeks only, such as `%G-W%V`."""
        self.fmt = fmt
        directives = _DIRECTIVE.findall(fmt)
        is_plain = all(directive in {*_NUMBERS, "%"} for directive in directives) and "%" not in _DIRECTIVE.sub("", fmt)
        self._weekday = str(weekday) if "V" in directives and not _WEEKDAYS & set(directives) else ""
        self._pattern = _pattern(fmt) if is_plain else None
        self.label: Callable[[datetime], str] = _iso_writer(fmt) or (
            _plain_writer(fmt) if is_plain else lambda moment: moment.strftime(fmt)
        )

    def moment(self, text: str) -> datetime:
        """The moment that a label names; raises ValueError for a text that is none.

        A text may be read that `label` would write otherwise: compare where that matters.
        """
        if self.fmt in _ISO and len(text) != 7:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                raise ValueError(f"{text!r} has a time zone")
            return moment
        if self._pattern is None:
            return self.lenient_moment(text)
        found = self._pattern.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not written as {self.fmt}")
        numbers = {_NUMBERS[directive][0]: int(digits) for directive, digits in found.groupdict().items()}
        return datetime(
            numbers.get("year", 1900),
            numbers.get("month", 1),
            numbers.get("day", 1),
            numbers.get("hour", 0),
            numbers.get("minute", 0),
            numbers.get("second", 0),
            numbers.get("microsecond", 0),
        )

    def lenient_moment(self, text: str) -> datetime:
        """The moment that a text means, also where digits were left out; raises ValueError."""
        try:
            return datetime.strptime(text + self._weekday, self.fmt + ("%u" if self._weekday else ""))
        except re.error as error:
            raise ValueError(f"{self.fmt} names a part twice") from error


def nearest_moment(text: str) -> datetime:
    """The moment closest to what the numbers in a text say, such as June 30 for `2024-06-31`; raises ValueError."""
    written = _NUMBER.findall(text)[:6]
    if not written or len(written[0]) != len("2024"):
        raise ValueError(f"{text!r} begins with no year")
    numbers = [int(digits) for digits in written]
    year, month, day, hour, minute, second = numbers + [0] * (6 - len(numbers))
    month = min(max(month, 1), 12)
    day = min(max(day, 1), monthrange(year, month)[1])
    return datetime(year, month, day, min(hour, 23), min(minute, 59), min(second, 59))


def _iso_writer(fmt: str) -> Callable[[datetime], str] | None:
    if fmt not in _ISO:
        return None
    length, suffix = _ISO[fmt]
    if not suffix:
        return lambda moment: moment.isoformat()[:length]
    return lambda moment: moment.isoformat()[:length] + suffix


def _plain_writer(fmt: str) -> Callable[[datetime], str]:
    template = _DIRECTIVE.sub(lambda d: "%%" if d[1] == "%" else f"%0{_NUMBERS[d[1]][1]}d", fmt)
    names = [_NUMBERS[directive][0] for directive in _DIRECTIVE.findall(fmt) if directive != "%"]
    values: Callable[[datetime], Any] = attrgetter(*names) if names else lambda _: ()
    return lambda moment: str(template % values(moment))


def _pattern(fmt: str) -> re.Pattern[str]:
    """The pattern of a label; a directive that comes again must say the same again."""
    pattern, at, seen = "", 0, set[str]()
    for directive in _DIRECTIVE.finditer(fmt):
        pattern += re.escape(fmt[at : directive.start()]) + _part(directive[1], seen)
        at = directive.end()
    return re.compile(pattern + re.escape(fmt[at:]))


def _part(directive: str, seen: set[str]) -> str:
    if directive == "%":
        return "%"
    if directive in seen:
        return f"(?P={directive})"
    seen.add(directive)
    return f"(?P<{directive}>[0-9]{{{_NUMBERS[directive][1]}}})"
