"""What the search finds: assets, backfills, runs, partition keys and actions, the best match first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rivers_app.models.partition_text import spaced_label
from rivers_app.wording import BACKFILL_STATE_TEXT, RUN_STATE_TEXT, names, plural
from rivers_core.exceptions import RiversError, UnknownBackfillError

if TYPE_CHECKING:
    from rivers_core.engine import Engine
    from rivers_core.records import BackfillRecord, RunRecord

MOST_RESULTS: Final = 12
_MOST_KEYS: Final = 6


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One line of the list; `chosen` goes there or does it."""

    title: str
    detail: str
    icon: str
    chosen: Callable[[], object]


def score(query: str, text: str) -> int:
    """How well `text` answers `query`: 0 not at all, more for a match at the start, or at the start of a word."""
    wanted, found = query.casefold().strip(), text.casefold()
    if not wanted:
        return 1
    at = found.find(wanted)
    if at == 0:
        return 100 - min(len(found) - len(wanted), 40)
    if at > 0:
        return 50 if not found[at - 1].isalnum() else 30
    words = wanted.split()
    return 20 if len(words) > 1 and all(word in found for word in words) else 0


def ranked(query: str, results: Iterable[SearchResult]) -> list[SearchResult]:
    """Those that match, best first; equal ones stay in their order."""
    scored = [(max(score(query, result.title), score(query, result.detail) // 2), result) for result in results]
    matching = [pair for pair in scored if pair[0]]
    return [result for _, result in sorted(matching, key=lambda pair: -pair[0])][:MOST_RESULTS]


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A partition whose key a query writes."""

    asset: str
    ordinal: int
    label: str


def find_keys(engine: Engine, assets: tuple[str, ...], query: str) -> list[FoundKey]:
    """The partitions of `assets` whose written key is `query`, or in which each word of it is a dimension's value.

    Blocks: definitions come from the engine.
    """
    found = []
    for asset in assets:
        definition = engine.definition(asset)
        if definition is None or not query.strip():
            continue
        for text in _as_keys(query, [name for name, _ in definition.dimensions]):
            try:
                ordinal = definition.ordinal_of(text)
            except RiversError:
                continue
            found.append(FoundKey(asset, ordinal, definition.label_at(ordinal)))
            break
    return found[:_MOST_KEYS]


def _as_keys(query: str, dimensions: list[str]) -> list[str]:
    """The ways to read a query as a key: as it is, and its words as the dimensions' values in their order."""
    texts = [query.strip()]
    words = query.replace("|", " ").replace("·", " ").split()
    if len(words) == len(dimensions) > 1:
        texts.append("|".join(f"{name}={word}" for name, word in zip(dimensions, words, strict=True)))
    return texts


def find_run(engine: Engine, query: str) -> RunRecord | None:
    """The run whose id the query is, such as `r12`; blocks while the engine looks."""
    run_id = query.strip().lower()
    if not (run_id.startswith("r") and run_id[1:].isdecimal()):
        return None
    try:
        return engine.run_record(run_id)
    except UnknownBackfillError:
        return None


def run_detail(record: RunRecord) -> str:
    """`daily_flights · 2013-01-01 · JFK · completed`."""
    return " · ".join((names(record.assets), spaced_label(record.label), RUN_STATE_TEXT[record.state]))


def backfill_detail(record: BackfillRecord) -> str:
    """`daily_flights · 2013-01-01..2013-01-31 · completed · 93 partitions`."""
    state = BACKFILL_STATE_TEXT[record.state]
    parts = (names(record.assets), record.range_text, state, plural(record.total_partitions, "partition"))
    return " · ".join(part for part in parts if part)
