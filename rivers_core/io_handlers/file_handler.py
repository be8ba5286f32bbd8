"""IO handlers that keep an asset's outputs as files: one for each partition, or one for a batch of them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from functools import cached_property
from threading import Lock
from typing import Any, ClassVar

from pydantic import PrivateAttr

from rivers_core.exceptions import ConfigurationError
from rivers_core.io_handlers.base import BaseIOHandler, missing_value
from rivers_core.io_handlers.batches import FOLDER, BatchFolder, Held, holders
from rivers_core.io_handlers.contexts import InputContext, KeyedValues, OutputContext, values_by_ordinal
from rivers_core.io_handlers.file_systems import output_files
from rivers_core.io_handlers.files import OutputFiles
from rivers_core.io_handlers.formats import FileFormat, ParquetFormat
from rivers_core.io_handlers.places import escaped, key_path, written_key
from rivers_core.io_handlers.tables import table_wanted, value_hint
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset

# More partitions than this are found by listing what is there instead of looking for each.
_LOOKED_FOR = 256


class FileIOHandler(BaseIOHandler):
    """Files below `path`, a folder or an fsspec URL: `<asset>/<key>.<suffix>`, or `<asset>.<suffix>`.

    A batched call that returns a mapping of keys gets a file for each key; any other value of it is stored once,
    as a file of the batch, and every partition of the batch loads it as a whole. What is stored later wins.
    """

    formats: ClassVar[tuple[FileFormat, ...]]
    path: str | None = None
    storage_options: dict[str, Any] = {}
    _batch_folders: dict[str, BatchFolder] = PrivateAttr(default_factory=dict)
    _lock: Lock = PrivateAttr(default_factory=Lock)

    def __init__(self, path: str | os.PathLike[str] | None = None, /, **settings: Any) -> None:
        if path is not None:
            settings["path"] = os.fspath(path)
        super().__init__(**settings)

    def __getstate__(self) -> dict[Any, Any]:
        # A handler travels to other processes with its settings only.
        state = super().__getstate__()
        settings = {name: value for name, value in state["__dict__"].items() if name in type(self).model_fields}
        return {**state, "__dict__": settings, "__pydantic_private__": None}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        self.model_post_init(None)

    @cached_property
    def files(self) -> OutputFiles:
        """The files behind `path`; raises ConfigurationError without one."""
        return self._open_files()

    def _open_files(self) -> OutputFiles:
        if not self.path:
            raise ConfigurationError(f"{type(self).__name__} needs the path of a folder or an fsspec URL.")
        return output_files(self.path, **self.storage_options)

    # Storing.

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        if context.partition is None:
            self._store(context.asset_name, escaped(context.asset_name), obj)
        elif not context.batched:
            self._store(context.asset_name, self._partition_path(context.asset_name, context.partition), obj)
        elif (by_ordinal := values_by_ordinal(context, obj)) is not None:
            self._store_each(context, by_ordinal)
        else:
            self._store_batch(context, obj)

    @staticmethod
    def _partition_path(asset: str, partition: Any) -> str:
        if not partition.definition.is_multi:
            return f"{escaped(asset)}/{escaped(partition.label)}"
        return f"{escaped(asset)}/{key_path(partition.definition, partition.subset.ranges[0][0])}"

    def _store(self, asset: str, stem: str, obj: Any) -> None:
        chosen = self._format_for(obj)
        self.files.write(f"{stem}.{chosen.suffix}", lambda place: chosen.write(asset, obj, place))
        for other in self.formats:
            if other is not chosen:
                self.files.delete(f"{stem}.{other.suffix}")

    def _format_for(self, obj: Any) -> FileFormat:
        return next((one for one in self.formats if one.takes(obj)), self.formats[-1])

    def _store_each(self, context: OutputContext, by_ordinal: Iterator[tuple[int, Any]]) -> None:
        assert context.partition is not None
        folder, definition = escaped(context.asset_name), context.partition.definition
        for ordinal, value in by_ordinal:
            self._store(context.asset_name, f"{folder}/{key_path(definition, ordinal)}", value)

    def _store_batch(self, context: OutputContext, obj: Any) -> None:
        assert context.partition is not None
        definition, batches = context.partition.definition, self._batches(context.asset_name)
        chosen = self._format_for(obj)
        name = batches.new_name(escaped(context.run_id or uuid.uuid4().hex))
        path = batches.data_path(name, chosen.suffix)
        self.files.write(path, lambda place: chosen.write(context.asset_name, obj, place))
        batches.publish(name, chosen.suffix, definition, context.subset)
        # A partition's own file would win over the batch that has just replaced it.
        self._delete_own(context.asset_name, definition, context.subset)

    def _batches(self, asset: str) -> BatchFolder:
        with self._lock:
            return self._batch_folders.setdefault(asset, BatchFolder(self.files, escaped(asset)))

    # Loading.

    def load_input(self, context: InputContext) -> Any:
        if context.partition is None:
            ordinal = None
        elif context.many:
            return self._load_many(context)
        else:
            ordinal = context.partition.subset.ranges[0][0]
        if (found := self._found(context)) is None:
            raise missing_value(context, ordinal)
        return self._read(found, context)

    def _found(self, context: InputContext) -> str | None:
        """The file that the context's (first) key would be loaded from."""
        if context.partition is None:
            return self._stored_path(escaped(context.asset_name))
        own = self._stored_path(self._partition_path(context.asset_name, context.partition))
        return own if own is not None else self._in_batch(context, context.partition.subset.ranges[0][0])

    def _stored_path(self, stem: str) -> str | None:
        for one in self.formats:
            if self.files.exists(f"{stem}.{one.suffix}"):
                return f"{stem}.{one.suffix}"
        return None

    def _in_batch(self, context: InputContext, ordinal: int) -> str | None:
        assert context.partition is not None
        batches = self._batches(context.asset_name)
        held, _ = holders(batches.newest_first(), Subset.of([ordinal]), context.partition.definition)
        return batches.path(held[0].batch) if held else None

    def _read(self, path: str, context: InputContext, hint: Any = None) -> Any:
        suffix = path.rpartition(".")[2]
        wanted = hint or context.type_hint or context.stored_hint
        return next(one for one in self.formats if one.suffix == suffix).read(self.files, path, wanted)

    def _load_many(self, context: InputContext) -> Any:
        assert context.partition is not None
        definition, wanted = context.partition.definition, context.partition.subset
        batches = self._batches(context.asset_name)
        own = self._own(context.asset_name, definition, wanted)
        held, missing = holders(batches.newest_first(), wanted - Subset.of(own), definition)
        if missing and not context.allow_missing:
            raise missing_value(context, missing.ranges[0][0])
        if (kind := table_wanted(context.type_hint, context.stored_hint)) is not None:
            paths = self._in_order(batches, own, held)
            if all(path.endswith(f".{ParquetFormat.suffix}") for path in paths):
                return ParquetFormat().read_all(self.files, paths, kind) if paths else None
        if not own and len(held) == 1:
            return self._read(batches.path(held[0].batch), context)
        of_batches = {ordinal: batches.path(one.batch) for one in held for ordinal in one.subset}
        return self._keyed(context, own | of_batches)

    @staticmethod
    def _in_order(batches: BatchFolder, own: dict[int, str], held: list[Held]) -> list[str]:
        """Every file once, in the order of the first partition that comes from it."""
        firsts = [*own.items(), *((one.subset.ranges[0][0], batches.path(one.batch)) for one in held)]
        return [path for _, path in sorted(firsts)]

    def _keyed(self, context: InputContext, paths: dict[int, str]) -> KeyedValues:
        assert context.partition is not None
        inner = value_hint(context.type_hint)
        read: dict[str, Any] = {}
        for path in paths.values():
            if path not in read:
                read[path] = self._read(path, context, inner)
        return KeyedValues(context.partition, {ordinal: read[path] for ordinal, path in sorted(paths.items())})

    # What is there.

    def output_exists(self, context: InputContext) -> Subset:
        if context.partition is None:
            return Subset.full(1) if self._stored_path(escaped(context.asset_name)) else Subset()
        definition, wanted = context.partition.definition, context.partition.subset
        own = Subset.of(self._own(context.asset_name, definition, wanted))
        held, _ = holders(self._batches(context.asset_name).newest_first(), wanted - own, definition)
        return Subset.from_ranges([*own.ranges, *(span for one in held for span in one.subset.ranges)])

    def output_place(self, context: InputContext) -> str | None:
        found = self._found(context)
        return None if found is None else self.files.place(found)

    def _own(self, asset: str, definition: PartitionsDefinition, wanted: Subset) -> dict[int, str]:
        """The paths of those partitions that have a file of their own."""
        if len(wanted) > _LOOKED_FOR:
            return {ordinal: path for ordinal, path in self._listed(asset, definition) if ordinal in wanted}
        folder = escaped(asset)
        found = ((one, self._stored_path(f"{folder}/{key_path(definition, one)}")) for one in wanted)
        return {ordinal: path for ordinal, path in found if path is not None}

    def _listed(self, asset: str, definition: PartitionsDefinition) -> Iterator[tuple[int, str]]:
        """Ordinal and path of every file that belongs to a partition of the definition."""
        folder = escaped(asset)
        for path in self.files.walk(folder):
            stem, _, suffix = path.rpartition(".")
            if path.startswith(f"{FOLDER}/") or all(suffix != one.suffix for one in self.formats):
                continue
            key = written_key(definition, stem)
            if key is not None and definition.validate_partition_key(key):
                yield definition.ordinal_of(key), f"{folder}/{path}"

    def delete_output(self, context: InputContext) -> None:
        if context.partition is None:
            for one in self.formats:
                self.files.delete(f"{escaped(context.asset_name)}.{one.suffix}")
            return
        definition, unwanted = context.partition.definition, context.partition.subset
        self._delete_own(context.asset_name, definition, unwanted)
        self._batches(context.asset_name).without(unwanted, definition)

    def _delete_own(self, asset: str, definition: PartitionsDefinition, unwanted: Subset) -> None:
        for path in self._own(asset, definition, unwanted).values():
            self.files.delete(path)
