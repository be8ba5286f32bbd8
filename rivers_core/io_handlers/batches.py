"""Outputs that one batched call computed as a whole: one file for many partitions, with a small index beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from rivers_core.exceptions import PartitionValidationError
from rivers_core.io_handlers.files import OutputFiles
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.subset import Subset

FOLDER = "_batches"
_INDEX = ".json"


@dataclass(frozen=True)
class Batch:
    """A batch file and the ordinals of its definition that it holds; names of newer ones sort later."""

    name: str
    suffix: str
    fingerprint: str
    definition_spec: Mapping[str, Any]
    subset: Subset

    @property
    def number(self) -> int:
        return int(self.name.partition("-")[0])

    @cached_property
    def _definition(self) -> PartitionsDefinition:
        return PartitionsDefinition.from_spec(self.definition_spec)

    def among(self, wanted: Subset, definition: PartitionsDefinition, fingerprint: str) -> Subset:
        """Which of the wanted ordinals it holds; those of a definition that was edited since are found by key."""
        if fingerprint == self.fingerprint:
            return wanted & self.subset
        return Subset.of(ordinal for ordinal in wanted if self._holds_key(definition.label_at(ordinal)))

    def _holds_key(self, key: str) -> bool:
        try:
            return self._definition.ordinal_of(key) in self.subset
        except PartitionValidationError:
            return False


class BatchFolder:
    """The batches of one asset; what was read of an index is kept, as indexes never change."""

    def __init__(self, files: OutputFiles, asset_folder: str) -> None:
        self._files = files
        self._folder = f"{asset_folder}/{FOLDER}"
        self._known: dict[str, Batch] = {}
        self._lock = Lock()

    def newest_first(self) -> list[Batch]:
        """Every finished batch."""
        names = [name for name in self._files.names(self._folder) if name.endswith(_INDEX)]
        with self._lock:
            self._known = {name: batch for name, batch in self._known.items() if name in names}
            found = [batch for name in names if (batch := self._read(name)) is not None]
        return sorted(found, key=lambda batch: (batch.number, batch.name), reverse=True)

    def _read(self, name: str) -> Batch | None:
        if name not in self._known:
            try:
                with self._files.open(f"{self._folder}/{name}") as file:
                    index = json.load(file)
            except FileNotFoundError:  # a newer batch replaced it a moment ago
                return None
            self._known[name] = Batch(
                name.removesuffix(_INDEX),
                index["suffix"],
                index["fingerprint"],
                index["definition"],
                Subset.from_ranges(index["ranges"]),
            )
        return self._known[name]

    def path(self, batch: Batch) -> str:
        return f"{self._folder}/{batch.name}.{batch.suffix}"

    def new_name(self, run_id: str) -> str:
        """A name that sorts after those of all batches there are."""
        number = max((batch.number for batch in self.newest_first()), default=0) + 1
        return f"{number:08d}-{run_id}"

    def data_path(self, name: str, suffix: str) -> str:
        return f"{self._folder}/{name}.{suffix}"

    def publish(self, name: str, suffix: str, definition: PartitionsDefinition, subset: Subset) -> None:
        """Make a batch count whose file is in place; what it replaces entirely is removed."""
        fingerprint = definition.fingerprint
        index = {
            "suffix": suffix,
            "fingerprint": fingerprint,
            "definition": definition.to_spec(),
            "ranges": subset.as_json(),
        }
        text = json.dumps(index).encode()
        self._files.write(f"{self._folder}/{name}{_INDEX}", lambda place: _write_bytes(place, text))
        self._drop_covered()

    def _drop_covered(self) -> None:
        """Remove batches of which newer ones hold every partition."""
        covered: dict[str, Subset] = {}
        for batch in self.newest_first():
            newer = covered.get(batch.fingerprint, Subset())
            if not batch.subset - newer:
                self.remove(batch)
            covered[batch.fingerprint] = newer | batch.subset

    def remove(self, batch: Batch) -> None:
        # The index first: without it the file counts for nothing.
        self._files.delete(f"{self._folder}/{batch.name}{_INDEX}")
        self._files.delete(self.path(batch))

    def without(self, unwanted: Subset, definition: PartitionsDefinition) -> None:
        """Take partitions out of every batch."""
        for batch in self.newest_first():
            if batch.fingerprint == definition.fingerprint and batch.subset & unwanted:
                kept = batch.subset - unwanted
                if kept:
                    with self._lock:
                        self._known.pop(f"{batch.name}{_INDEX}", None)
                    self.publish(batch.name, batch.suffix, definition, kept)
                else:
                    self.remove(batch)


@dataclass(frozen=True, slots=True)
class Held:
    """A batch and the wanted ordinals that come from it."""

    batch: Batch
    subset: Subset


def holders(batches: Iterable[Batch], wanted: Subset, definition: PartitionsDefinition) -> tuple[list[Held], Subset]:
    """Where each wanted ordinal comes from, the newest batch first, and those that no batch holds."""
    found: list[Held] = []
    fingerprint = definition.fingerprint
    for batch in batches:
        if not wanted:
            break
        held = batch.among(wanted, definition, fingerprint)
        if held:
            found.append(Held(batch, held))
            wanted -= held
    return found, wanted


def _write_bytes(place: str, content: bytes) -> None:
    Path(place).write_bytes(content)
