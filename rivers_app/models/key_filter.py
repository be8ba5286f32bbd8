"""Finding partitions by a piece of their key."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition


def keys_containing(definition: PartitionsDefinition, text: str) -> NDArray[np.bool_]:
    """One truth value an ordinal: whether each word of `text` is in the key of one of its dimensions.

    Case does not matter. Looks at every key of every dimension once: for long ones, call it off the GUI thread.
    """
    found = np.ones(definition.shape(), dtype=np.bool_)
    for word in text.casefold().split():
        matching = np.zeros(found.shape, dtype=np.bool_)
        for axis, ((_, dimension), size) in enumerate(zip(definition.dimensions, found.shape, strict=True)):
            hits = np.fromiter((word in dimension.label_at(at).casefold() for at in range(size)), np.bool_, size)
            matching |= hits.reshape([-1 if at == axis else 1 for at in range(found.ndim)])
        found &= matching
    return found.ravel()
