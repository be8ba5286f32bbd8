"""Finds runs by words: in their ids, those of their backfills, what they raised, and the keys of their partitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Integer, LargeBinary, and_, exists, func, literal, or_, select

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.key_search import positions_containing
from rivers_core.storage import schema

Definitions = Callable[[Connection, int], PartitionsDefinition]

_runs, _stages, _errors = schema.runs.c, schema.stages.c, schema.errors.c
_ID = re.compile(r"([rb])([0-9]{1,18})", re.IGNORECASE)
_BETWEEN_KEYS = "·"  # how keys of several dimensions are shown beside each other


def runs_with(connection: Connection, definition_of: Definitions, text: str) -> tuple[ColumnElement[bool], ...]:
    """A condition on the rows of runs for each word of a text; runs that have not started have no row."""
    words = [word for word in text.split() if word != _BETWEEN_KEYS]
    return tuple(or_(*_places_of(connection, definition_of, word)) for word in words)


def _places_of(connection: Connection, definition_of: Definitions, word: str) -> Iterator[ColumnElement[bool]]:
    if (written := _ID.fullmatch(word)) is not None:
        column = _runs.number if written[1] in "rR" else _runs.backfill
        yield column == int(written[2])
    said = or_(_errors.kind.icontains(word, autoescape=True), _errors.message.icontains(word, autoescape=True))
    yield _runs.error.in_(select(_errors.id).where(said))
    used = select(_stages.definition).where(_stages.definition.is_not(None)).distinct()
    for number in connection.execute(used).scalars().all():
        if found := _keys_with(definition_of(connection, number), word):
            stages = select(_stages.id).where(_stages.definition == number)
            yield and_(_runs.stage.in_(stages), or_(*found))


def _keys_with(definition: PartitionsDefinition, word: str) -> list[ColumnElement[bool]]:
    """A condition for each dimension in which a key has the word."""
    sizes = definition.shape()
    found = []
    for at, ((_, dimension), size) in enumerate(zip(definition.dimensions, sizes, strict=True)):
        hits = positions_containing(dimension, size, word)
        if hits.any():
            found.append(_has_one_of(hits, prod(sizes[at + 1 :])))
    return found


def _has_one_of(hits: NDArray[np.bool_], stride: int) -> ColumnElement[bool]:
    """Whether a run has a partition with one of these positions in a dimension."""
    size = len(hits)
    # Twice, one after the other: positions that run on from the last to the first lie beside each other too.
    marks = literal(np.concatenate((hits, hits)).astype(np.uint8).tobytes(), LargeBinary)

    def among(start: ColumnElement[int], stop: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether one is among the ordinals from `start` to before `stop`."""
        first, last = start // stride, (stop - 1) // stride
        positions = func.substr(marks, first % size + 1, func.min(last - first + 1, size))
        return func.instr(positions, literal(b"\1", LargeBinary)) > 0

    pieces = func.json_each(_runs.ranges).table_valued("value")
    ends = [func.json_extract(pieces.c.value, f"$[{at}]", type_=Integer) for at in (0, 1)]
    return or_(
        and_(
            _runs.ranges.is_(None),
            _runs.num_ordinals > 0,
            among(_runs.first_ordinal, _runs.first_ordinal + _runs.num_ordinals),
        ),
        and_(_runs.ranges.is_not(None), exists(select(1).select_from(pieces).where(among(ends[0], ends[1])))),
    )
