"""A mapping between two given definitions, which factorizes into one rule for each upstream axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from rivers_core.partitions.boxes import Box, boxes_of, ordinals_in_box
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.mapping_rules import FixedRule, MappedKeys, MappingRule, Rule
from rivers_core.partitions.subset import Subset

__all__ = ["BoundMapping", "Link", "MappedKeys"]


@dataclass(frozen=True, slots=True)
class Link:
    """The rule of one upstream axis and the downstream axis it reads; a FixedRule reads none."""

    source: int | None
    rule: Rule


@dataclass(frozen=True)
class BoundMapping:
    """Downstream and upstream ordinals, both row-major over their axes, joined by a link for each upstream axis.

    The axes are a definition's dimensions, or the definition as a whole; no definition has no axes.
    """

    downstream_axes: tuple[PartitionsDefinition, ...]
    upstream_axes: tuple[PartitionsDefinition, ...]
    upstream_names: tuple[str, ...]
    links: tuple[Link, ...]

    @cached_property
    def downstream_shape(self) -> tuple[int, ...]:
        return tuple(axis.size() for axis in self.downstream_axes)

    @cached_property
    def upstream_shape(self) -> tuple[int, ...]:
        return tuple(axis.size() for axis in self.upstream_axes)

    def upstream_of(self, ordinal: int) -> MappedKeys:
        """What one downstream partition reads, and which keys it wants that do not exist."""
        indices = _unravel(ordinal, self.downstream_shape)
        return self._combined([_image(link, indices) for link in self.links])

    def read_by_all(self) -> MappedKeys | None:
        """What every downstream partition reads alike; None when the mapping tells them apart."""
        images = [link.rule.mapped for link in self.links if isinstance(link.rule, FixedRule)]
        return self._combined(images) if len(images) == len(self.links) else None

    def downstream_of(self, ordinals: Subset) -> Subset:
        """The downstream partitions that read any of these upstream ones."""
        found: list[tuple[int, int]] = []
        for box in boxes_of(ordinals, self.upstream_shape):
            found += ordinals_in_box(self._readers(box), self.downstream_shape).ranges
        return Subset.from_ranges(found)

    def _combined(self, images: Sequence[MappedKeys]) -> MappedKeys:
        found = ordinals_in_box([image.subset for image in images], self.upstream_shape)
        if not any(image.missing for image in images):
            return MappedKeys(found)
        return MappedKeys(found, tuple(self._missing(images)))

    def _readers(self, box: Box) -> list[Subset]:
        """The positions in each downstream axis that read from a box of upstream ones."""
        readers = [Subset.full(size) for size in self.downstream_shape]
        for link, positions in zip(self.links, box, strict=True):
            if isinstance(link.rule, MappingRule):
                assert link.source is not None
                readers[link.source] &= link.rule.preimage(positions)
            elif not link.rule.mapped.subset & positions:
                return [Subset() for _ in readers] or [Subset()]
        return readers

    def _missing(self, images: Sequence[MappedKeys]) -> list[str]:
        """The written keys of every combination in which a dimension's key does not exist."""
        choices = [
            [(axis.label_at(position), True) for position in image.subset] + [(label, False) for label in image.missing]
            for axis, image in zip(self.upstream_axes, images, strict=True)
        ]
        return [
            self._written([label for label, _ in choice])
            for choice in product(*choices)
            if not all(exists for _, exists in choice)
        ]

    def _written(self, labels: Sequence[str]) -> str:
        if self.upstream_names == ("",):
            return labels[0]
        return "|".join(f"{name}={label}" for name, label in sorted(zip(self.upstream_names, labels, strict=True)))


def _image(link: Link, indices: Sequence[int]) -> MappedKeys:
    if isinstance(link.rule, FixedRule):
        return link.rule.mapped
    assert link.source is not None
    return link.rule.image(indices[link.source])


def _unravel(ordinal: int, shape: Sequence[int]) -> tuple[int, ...]:
    if not 0 <= ordinal < prod(shape):
        raise IndexError(f"no downstream partition has the ordinal {ordinal}")
    indices: list[int] = []
    for size in reversed(shape):
        ordinal, index = divmod(ordinal, size)
        indices.append(index)
    return tuple(reversed(indices))
