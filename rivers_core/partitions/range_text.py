"""Sets of partitions as a line of text, such as `2024-01-01..2024-01-31, 2024-03-02`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from rivers_core.exceptions import PartitionValidationError
from rivers_core.partitions.definitions import LoneDefinition, PartitionsDefinition
from rivers_core.partitions.key_choices import KeySpan
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.subset import Subset

BETWEEN = ".."
_SEPARATORS = re.compile(r"[,\n\r\t]+")
_QUOTES = "\"'`"


def parse_range_text(text: str, definition: PartitionsDefinition, now: datetime | None = None) -> Subset:
    """The ordinals that keys and `first..last` ranges name, separated by commas, tabs or lines.

    Spaces around a key, and quotes pasted with it, mean nothing. Raises PartitionValidationError for a part
    that names no keys, for a definition with dimensions, and for a text without any part.
    """
    lone = _lone(definition)
    moment = now or datetime.now()
    parts = [part for part in map(str.strip, _SEPARATORS.split(text)) if part]
    if not parts:
        raise PartitionValidationError(f"Write partition keys, or a range such as first{BETWEEN}last.")
    return Subset.from_ranges(_read(part, lone, moment) for part in parts)


def format_subset(subset: Subset, definition: PartitionsDefinition) -> str:
    """The text that `parse_range_text` reads back, as short as it can be."""
    lone = _lone(definition)
    return ", ".join(part for start, stop in subset.ranges for part in _written(start, stop, lone))


def _lone(definition: PartitionsDefinition) -> LoneDefinition:
    if not isinstance(definition, LoneDefinition):
        names = ", ".join(name for name, _ in definition.dimensions)
        raise PartitionValidationError(f"Ranges are written for each dimension alone: {names}.")
    return definition


def _read(part: str, definition: LoneDefinition, now: datetime) -> tuple[int, int]:
    """The half-open range of ordinals of one part; a key that holds `..` itself comes before a range."""
    for key in (part, _unquoted(part)):
        index = _index(key, definition, now)
        if index is not None:
            return index, index + 1
    spans = list(_splits(_unquoted(part)))
    if not spans:
        index = definition.index_of(_unquoted(part), now)
        return index, index + 1
    known = [span for span in spans if all(_index(key, definition, now) is not None for key in span)]
    first, last = (known or spans)[0]
    if not first or not last:
        raise PartitionValidationError(f"{part!r} lacks a key on one side of {BETWEEN!r}.")
    found = KeySpan(first, last).indices(definition, now)
    return found.start, found.stop


def _unquoted(text: str) -> str:
    return text.strip().strip(_QUOTES).strip()


def _index(key: str, definition: LoneDefinition, now: datetime) -> int | None:
    try:
        return definition.index_of(key, now)
    except PartitionValidationError:
        return None


def _splits(part: str) -> Iterator[tuple[str, str]]:
    at = part.find(BETWEEN)
    while at >= 0:
        yield _unquoted(part[:at]), _unquoted(part[at + len(BETWEEN) :])
        at = part.find(BETWEEN, at + 1)


def _written(start: int, stop: int, definition: LoneDefinition) -> Iterator[str]:
    first, last = definition.label_at(start), definition.label_at(stop - 1)
    span = f"{first}{BETWEEN}{last}"
    if stop - start > 2 and _reads_one_way(first, last) and not _is_listed(span, definition):
        yield span
        return
    for ordinal in range(start, stop):
        yield definition.label_at(ordinal)


def _reads_one_way(*keys: str) -> bool:
    """Whether keys can stand beside `..` without a doubt about where each ends."""
    return not any(BETWEEN in key or key.strip("." + _QUOTES) != key for key in keys)


def _is_listed(text: str, definition: LoneDefinition) -> bool:
    return not definition.is_time and definition.validate_partition_key(PartitionKey.single(text))
