"""Partition mappings as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.mapping import (
    AllPartitionsMapping,
    ForKeysMapping,
    IdentityMapping,
    MultiMapping,
    MultiToSingleMapping,
    PartitionMapping,
    SpecificPartitionsMapping,
    StaticMapping,
    SubsetMapping,
    TimeWindowMapping,
)
from rivers_core.partitions.ranges import PartitionKeyRange


def mapping_to_spec(mapping: PartitionMapping) -> dict[str, Any]:  # noqa: PLR0911  # an arm for each kind
    """The mapping as JSON-able values."""
    match mapping:
        case IdentityMapping():
            return {"kind": "identity"}
        case SubsetMapping():
            return {"kind": "subset"}
        case AllPartitionsMapping():
            return {"kind": "all_partitions"}
        case StaticMapping(pairs):
            return {"kind": "static", "pairs": [[downstream, list(keys)] for downstream, keys in pairs]}
        case TimeWindowMapping(offset):
            return {"kind": "time_window", "offset": offset}
        case SpecificPartitionsMapping(keys):
            return {"kind": "specific_partitions", "keys": list(keys)}
        case ForKeysMapping(selectors):
            return {"kind": "for_keys", "selectors": [_selector_spec(selector) for selector in selectors]}
        case MultiMapping(dimensions):
            return {
                "kind": "multi",
                "dimensions": [[name, source, mapping_to_spec(inner)] for name, source, inner in dimensions],
            }
        case MultiToSingleMapping(dimension, inner):
            return {
                "kind": "multi_to_single",
                "dimension": dimension,
                "mapping": None if inner is None else mapping_to_spec(inner),
            }
    raise PartitionDefinitionError(f"{mapping!r} is no partition mapping; make one with PartitionMapping.")


def mapping_from_spec(spec: Mapping[str, Any]) -> PartitionMapping:  # noqa: PLR0911  # an arm for each kind
    """The mapping a spec describes; raises PartitionDefinitionError for one of no known kind."""
    match spec.get("kind"):
        case "identity":
            return IdentityMapping()
        case "subset":
            return SubsetMapping()
        case "all_partitions":
            return AllPartitionsMapping()
        case "static":
            return StaticMapping(tuple((downstream, tuple(keys)) for downstream, keys in spec["pairs"]))
        case "time_window":
            return TimeWindowMapping(spec["offset"])
        case "specific_partitions":
            return SpecificPartitionsMapping(tuple(spec["keys"]))
        case "for_keys":
            return ForKeysMapping(tuple(_selector(selector) for selector in spec["selectors"]))
        case "multi":
            return MultiMapping(
                tuple((name, source, mapping_from_spec(inner)) for name, source, inner in spec["dimensions"])
            )
        case "multi_to_single":
            inner = spec["mapping"]
            return MultiToSingleMapping(spec["dimension"], None if inner is None else mapping_from_spec(inner))
    raise PartitionDefinitionError(f"There is no kind of partition mapping named {spec.get('kind')!r}.")


def _selector_spec(selector: PartitionKey | PartitionKeyRange) -> dict[str, Any]:
    if isinstance(selector, PartitionKey):
        return {"key": [[name, list(values)] for name, values in selector.parts]}
    return {"range": selector.to_spec()}


def _selector(spec: Mapping[str, Any]) -> PartitionKey | PartitionKeyRange:
    if "key" in spec:
        return PartitionKey(tuple((name, tuple(values)) for name, values in spec["key"]))
    return PartitionKeyRange.from_spec(spec["range"])
