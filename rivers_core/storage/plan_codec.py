"""Packs a plan into one value of the database, and makes the same plan of it again."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.plan import BackfillPlan, PlanWarning, Stage
from rivers_core.planning.request import BackfillRequest

# Plans are read by the version of the format that wrote them, whatever became of the tables since.
_FORMAT = 1
_LENGTH = struct.Struct("<I")


def encode_plan(plan: BackfillPlan) -> bytes:
    """The plan without the definitions of its stages, which are stored by themselves."""
    arrays: list[bytes] = []
    stages = []
    for stage in plan.stages:
        arrays += [_pack(stage.ordinals), _pack(stage.bounds), zlib.compress(stage.states.tobytes(), 1)]
        stages.append(
            {
                "assets": stage.assets,
                "batched": stage.batched,
                "strategy_text": stage.strategy_text,
            }
        )
    described = {
        "format": _FORMAT,
        "request": _request_json(plan.request),
        "stages": stages,
        "warnings": [[w.kind, w.message, w.assets, w.count] for w in plan.warnings],
        "counts_by_state": [[int(state), count] for state, count in plan.counts_by_state.items()],
        "lengths": [len(array) for array in arrays],
    } | {name: getattr(plan, name) for name in _PLAIN}
    head = zlib.compress(json.dumps(described).encode())
    return b"".join((_LENGTH.pack(len(head)), head, *arrays))


_PLAIN = (
    "code_fingerprint",
    "position",
    "range_text",
    "strategy_text",
    "skipped_keys",
    "estimate_seconds",
    "estimate_basis",
)


def decode_plan(content: bytes, definitions: Sequence[PartitionsDefinition | None]) -> BackfillPlan:
    """The plan; `definitions` are those of its stages."""
    (length,) = _LENGTH.unpack_from(content)
    at = _LENGTH.size + length
    described = json.loads(zlib.decompress(content[_LENGTH.size : at]))
    arrays = []
    for size in described["lengths"]:
        arrays.append(content[at : at + size])
        at += size
    return BackfillPlan(
        request=_request_from(described["request"]),
        stages=tuple(
            _stage(stage, arrays[3 * place : 3 * place + 3], definitions[place])
            for place, stage in enumerate(described["stages"])
        ),
        warnings=tuple(
            PlanWarning(kind, message, tuple(assets), count) for kind, message, assets, count in described["warnings"]
        ),
        counts_by_state=dict(described["counts_by_state"]),
        skipped_keys=tuple(described["skipped_keys"]),
        **{name: described[name] for name in _PLAIN if name != "skipped_keys"},
    )


def _stage(described: Mapping[str, Any], arrays: Sequence[bytes], definition: PartitionsDefinition | None) -> Stage:
    return Stage(
        assets=tuple(described["assets"]),
        definition=definition,
        ordinals=_unpack(arrays[0]),
        bounds=_unpack(arrays[1]),
        batched=described["batched"],
        strategy_text=described["strategy_text"],
        states=np.frombuffer(zlib.decompress(arrays[2]), dtype=np.uint8),
    )


def _pack(numbers: NDArray[np.int64]) -> bytes:
    """Differences between neighbours, which are mostly alike, in as few bytes as the widest needs."""
    steps = np.diff(numbers, prepend=0)
    dtype = np.min_scalar_type(min(steps.min(), 0) if len(steps) else 0)
    largest = np.min_scalar_type(-int(steps.max()) - 1 if len(steps) else 0)
    narrow = np.promote_types(np.promote_types(dtype, largest), np.int8)
    packed = steps.astype(narrow.newbyteorder("<"))
    return bytes((narrow.itemsize,)) + zlib.compress(packed.tobytes(), 1)


def _unpack(content: bytes) -> NDArray[np.int64]:
    steps = np.frombuffer(zlib.decompress(content[1:]), dtype=f"<i{content[0]}")
    return np.cumsum(steps, dtype=np.int64)


def _request_json(request: BackfillRequest) -> dict[str, Any]:
    """The request as JSON; its values by field, those of our own types by their own forms."""
    written = {
        name: getattr(request, name)
        for name in type(request).model_fields
        if name not in ("partition_keys", "partition_range", "subset", "strategy", "exact")
    }
    keys, chosen, strategy = request.partition_keys, request.partition_range, request.strategy
    return written | {
        "partition_keys": None if keys is None else [key.parts for key in keys],
        "partition_range": None if chosen is None else chosen.to_spec(),
        "subset": None if request.subset is None else request.subset.as_json(),
        "strategy": None if strategy is None else strategy.to_spec(),
        "exact": {asset: subset.as_json() for asset, subset in request.exact.items()},
    }


def _request_from(written: dict[str, Any]) -> BackfillRequest:
    keys, chosen = written["partition_keys"], written["partition_range"]
    subset, strategy = written["subset"], written["strategy"]
    return BackfillRequest.model_validate(
        written
        | {
            "partition_keys": None if keys is None else tuple(_key(parts) for parts in keys),
            "partition_range": None if chosen is None else PartitionKeyRange.from_spec(chosen),
            "subset": None if subset is None else Subset.from_ranges(subset),
            "strategy": None if strategy is None else BackfillStrategy.from_spec(strategy),
            "exact": {asset: Subset.from_ranges(ranges) for asset, ranges in written.get("exact", {}).items()},
        }
    )


def _key(parts: list[list[Any]]) -> PartitionKey:
    return PartitionKey(tuple((name, tuple(values)) for name, values in parts))
