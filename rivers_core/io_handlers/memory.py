"""Keeps the outputs of assets in memory, for tests, notebooks and in-memory storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, ClassVar

from pydantic import PrivateAttr

from rivers_core.io_handlers.base import BaseIOHandler, missing_value
from rivers_core.io_handlers.contexts import InputContext, KeyedValues, OutputContext, values_by_ordinal
from rivers_core.io_handlers.scratch_tables import ScratchTables
from rivers_core.io_handlers.tables import TableKind, kind_of_hint, kind_of_value, table_wanted, value_hint
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset


@dataclass(frozen=True, slots=True)
class _Batch:
    """One value for many partitions of a definition."""

    fingerprint: str
    subset: Subset
    value: Any


@dataclass(slots=True)
class _Values:
    """An asset's values: `own` by written key ("" without partitions), which win, and batches, the newest first."""

    own: dict[str, Any] = field(default_factory=dict)
    batches: tuple[_Batch, ...] = ()


class InMemoryIOHandler(BaseIOHandler):
    """Values as the very objects that were returned, gone with the process.

    A batched call's value that is no mapping of keys is kept once for all its partitions. DuckDB relations are
    computed when they are stored; a reader annotated with another kind of table gets that.
    """

    in_process_only: ClassVar[bool] = True
    _values: dict[str, _Values] = PrivateAttr(default_factory=dict)
    _lock: Lock = PrivateAttr(default_factory=Lock)
    _tables: ScratchTables = PrivateAttr(default_factory=ScratchTables)

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        values = self._of(context.asset_name)
        if context.partition is None:
            values.own[""] = self._kept(obj)
        elif not context.batched:
            values.own[context.partition.label] = self._kept(obj)
        elif (by_ordinal := values_by_ordinal(context, obj)) is not None:
            label_at = context.partition.definition.label_at
            for ordinal, value in by_ordinal:
                values.own[label_at(ordinal)] = self._kept(value)
        else:
            self._keep_batch(values, context, self._kept(obj))

    def _kept(self, obj: Any) -> Any:
        kind = kind_of_value(obj)
        return obj if kind is None else self._tables.kept(obj, kind)

    def _keep_batch(self, values: _Values, context: OutputContext, obj: Any) -> None:
        assert context.partition is not None
        definition, subset = context.partition.definition, context.subset
        fingerprint = definition.fingerprint
        with self._lock:
            self._forget(values, definition, subset)
            values.batches = (_Batch(fingerprint, subset, obj), *values.batches)

    @staticmethod
    def _forget(values: _Values, definition: PartitionsDefinition, subset: Subset) -> None:
        """Drop what is kept for some partitions."""
        fingerprint = definition.fingerprint
        kept = (
            replace(batch, subset=batch.subset - subset) if batch.fingerprint == fingerprint else batch
            for batch in values.batches
        )
        # Readers in other threads hold the tuple of before.
        values.batches = tuple(batch for batch in kept if batch.subset)
        for label in _own_labels(values, definition, subset).values():
            values.own.pop(label, None)

    def load_input(self, context: InputContext) -> Any:
        values = self._of(context.asset_name)
        if context.partition is None:
            return self._single(values, "", None, context)
        if not context.many:
            return self._single(values, context.partition.label, context.partition.subset.ranges[0][0], context)
        return self._load_many(context, values)

    def _single(self, values: _Values, label: str, ordinal: int | None, context: InputContext) -> Any:
        if label in values.own:
            return self._as_wanted(values.own[label], context.type_hint)
        if ordinal is not None and context.partition is not None:
            fingerprint = context.partition.definition.fingerprint
            for batch in values.batches:
                if batch.fingerprint == fingerprint and ordinal in batch.subset:
                    return self._as_wanted(batch.value, context.type_hint)
        raise missing_value(context, ordinal)

    def _as_wanted(self, value: Any, hint: Any) -> Any:
        stored = kind_of_value(value)
        if stored is None:
            return value
        wanted = kind_of_hint(hint)
        return value if wanted is None or wanted is stored else self._tables.joined([value], wanted)

    def _load_many(self, context: InputContext, values: _Values) -> Any:
        assert context.partition is not None
        definition, wanted = context.partition.definition, context.partition.subset
        own = _own_labels(values, definition, wanted)
        found = {ordinal: values.own[label] for ordinal, label in own.items()}
        held, missing = _held(values, definition, wanted - Subset.of(own))
        if missing and not context.allow_missing:
            raise missing_value(context, missing.ranges[0][0])
        if (kind := table_wanted(context.type_hint, context.stored_hint)) is not None:
            firsts = [*found.items(), *((subset.ranges[0][0], batch.value) for batch, subset in held)]
            tables = [value for _, value in sorted(firsts, key=lambda pair: pair[0])]
            if all(kind_of_value(table) is not None for table in tables):
                return self._one_table(tables, kind)
        if not found and len(held) == 1:
            return self._as_wanted(held[0][0].value, context.type_hint)
        found.update((ordinal, batch.value) for batch, subset in held for ordinal in subset)
        inner = value_hint(context.type_hint)
        by_ordinal = {ordinal: self._as_wanted(value, inner) for ordinal, value in sorted(found.items())}
        return KeyedValues(context.partition, by_ordinal)

    def _one_table(self, tables: Sequence[Any], kind: TableKind) -> Any:
        """All tables as one of a kind; None where there is none at all."""
        if len(tables) == 1 and kind_of_value(tables[0]) is kind:
            return tables[0]
        return self._tables.joined(tables, kind) if tables else None

    def output_exists(self, context: InputContext) -> Subset:
        values = self._of(context.asset_name)
        if context.partition is None:
            return Subset.full(1) if "" in values.own else Subset()
        definition, wanted = context.partition.definition, context.partition.subset
        _, missing = _held(values, definition, wanted - Subset.of(_own_labels(values, definition, wanted)))
        return wanted - missing

    def delete_output(self, context: InputContext) -> None:
        values = self._of(context.asset_name)
        if context.partition is None:
            values.own.pop("", None)
            return
        with self._lock:
            self._forget(values, context.partition.definition, context.partition.subset)

    def _of(self, asset: str) -> _Values:
        try:
            return self._values[asset]
        except KeyError:
            with self._lock:
                return self._values.setdefault(asset, _Values())


def _own_labels(values: _Values, definition: PartitionsDefinition, wanted: Subset) -> dict[int, str]:
    """The written keys of those partitions that have a value of their own, by ordinal, ascending."""
    if len(wanted) <= len(values.own):
        labels = ((ordinal, definition.label_at(ordinal)) for ordinal in wanted)
        return {ordinal: label for ordinal, label in labels if label in values.own}
    known = [label for label in list(values.own) if label and definition.validate_partition_key(label)]
    found = sorted((definition.ordinal_of(label), label) for label in known)
    return {ordinal: label for ordinal, label in found if ordinal in wanted}


def _held(
    values: _Values, definition: PartitionsDefinition, wanted: Subset
) -> tuple[Sequence[tuple[_Batch, Subset]], Subset]:
    """The batches that hold some of the wanted ordinals, with which, and the ordinals that none holds."""
    fingerprint = definition.fingerprint
    found: list[tuple[_Batch, Subset]] = []
    for batch in values.batches:
        if batch.fingerprint == fingerprint and (held := batch.subset & wanted):
            found.append((batch, held))
            wanted -= held
    return found, wanted
