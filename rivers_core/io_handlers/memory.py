"""Keeps the outputs of assets in memory, for tests, notebooks and in-memory storage."""

from __future__ import annotations

from threading import Lock
from typing import Any, ClassVar

from pydantic import PrivateAttr

from rivers_core.io_handlers.base import BaseIOHandler, missing_value
from rivers_core.io_handlers.contexts import InputContext, KeyedValues, OutputContext, values_by_ordinal
from rivers_core.partitions.subset import Subset

# An asset's values by written key; "" for an asset without partitions.
_Values = dict[str, Any]


class InMemoryIOHandler(BaseIOHandler):
    """Values as the very objects that were returned, gone with the process.

    A batched call's value that is no mapping of keys is kept once, and every key of the batch refers to it.
    """

    in_process_only: ClassVar[bool] = True
    _values: dict[str, _Values] = PrivateAttr(default_factory=dict)
    _lock: Lock = PrivateAttr(default_factory=Lock)

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        values = self._of(context.asset_name)
        if context.partition is None:
            values[""] = obj
        elif not context.batched:
            values[context.partition.label] = obj
        else:
            self._store_batch(context, values, obj)

    def _store_batch(self, context: OutputContext, values: _Values, obj: Any) -> None:
        assert context.partition is not None
        label_at = context.partition.definition.label_at
        by_ordinal = values_by_ordinal(context, obj)
        if by_ordinal is None:
            by_ordinal = ((ordinal, obj) for ordinal in context.subset)
        for ordinal, value in by_ordinal:
            values[label_at(ordinal)] = value

    def load_input(self, context: InputContext) -> Any:
        values = self._of(context.asset_name)
        if context.partition is None:
            if "" not in values:
                raise missing_value(context)
            return values[""]
        if not context.many:
            ordinal = context.partition.subset.ranges[0][0]
            try:
                return values[context.partition.label]
            except KeyError:
                raise missing_value(context, ordinal) from None
        return self._load_many(context, values)

    def _load_many(self, context: InputContext, values: _Values) -> Any:
        assert context.partition is not None
        found: dict[int, Any] = {}
        for ordinal in context.partition.subset:
            label = context.partition.definition.label_at(ordinal)
            if label in values:
                found[ordinal] = values[label]
            elif not context.allow_missing:
                raise missing_value(context, ordinal)
        return KeyedValues(context.partition, found)

    def output_exists(self, context: InputContext) -> Subset:
        values = self._of(context.asset_name)
        if context.partition is None:
            return Subset.full(1) if "" in values else Subset()
        label_at = context.partition.definition.label_at
        return Subset.of(ordinal for ordinal in context.partition.subset if label_at(ordinal) in values)

    def delete_output(self, context: InputContext) -> None:
        values = self._of(context.asset_name)
        if context.partition is None:
            values.pop("", None)
            return
        for ordinal in context.partition.subset:
            values.pop(context.partition.definition.label_at(ordinal), None)

    def _of(self, asset: str) -> _Values:
        try:
            return self._values[asset]
        except KeyError:
            with self._lock:
                return self._values.setdefault(asset, {})
