"""The written form of a window's start: moments to labels and back, quickly for formats of plain numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter

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


class KeyFormat:
    """Writes and reads the labels of a time grid in one `strftime` format."""

    def __init__(self, fmt: str, weekday: int = 1) -> None:
        """`weekday` (1 is Monday) completes a format that names ISO weeks only, such as `%G-W%V`."""
        self.fmt = fmt
        directives = _DIRECTIVE.findall(fmt)
        self._plain = fmt.endswith("%") is False and all(d in _NUMBERS or d == "%" for d in directives)
        self._weekday = str(weekday) if "V" in directives and not _WEEKDAYS & set(directives) else ""
        if self._plain:
            self._template, self._values = _writer(fmt)
            self._pattern = _reader(fmt)

    def label(self, moment: datetime) -> str:
        if self._plain:
            return self._template % self._values(moment)
        return moment.strftime(self.fmt)

    def moment(self, text: str) -> datetime:
        """The moment of a label exactly as `label` writes it; raises ValueError for any other text."""
        if not self._plain:
            return self.lenient_moment(text)
        found = self._pattern.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not written as {self.fmt}")
        numbers = {_NUMBERS[directive][0]: int(digits) for directive, digits in found.groupdict().items()}
        return datetime(**{"year": 1900, "month": 1, "day": 1} | numbers)  # type: ignore[arg-type]  # tzinfo is not among the attributes

    def lenient_moment(self, text: str) -> datetime:
        """The moment that a text means, also where digits were left out; raises ValueError."""
        try:
            return datetime.strptime(text + self._weekday, self.fmt + ("%u" if self._weekday else ""))
        except re.error as error:
            raise ValueError(f"{self.fmt} names a part twice") from error


def _writer(fmt: str) -> tuple[str, Callable[[datetime], tuple[int, ...] | int]]:
    """A printf template and what fills it."""
    template = _DIRECTIVE.sub(lambda d: "%%" if d[1] == "%" else f"%0{_NUMBERS[d[1]][1]}d", fmt)
    names = [_NUMBERS[directive][0] for directive in _DIRECTIVE.findall(fmt) if directive != "%"]
    return template, attrgetter(*names) if names else lambda _: ()


def _reader(fmt: str) -> re.Pattern[str]:
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
