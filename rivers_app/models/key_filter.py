"""Finding partitions by a piece of their key."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.key_search import positions_containing


def keys_containing(definition: PartitionsDefinition, text: str) -> NDArray[np.bool_]:
    """One truth value an ordinal: whether each word of `text` is in the key of one of its dimensions.

    Case does not matter. Looks at every key of every dimension once: for long ones, call it off the GUI thread.
    """
    found = np.ones(definition.shape(), dtype=np.bool_)
    for word in text.split():
        matching = np.zeros(found.shape, dtype=np.bool_)
        for axis, ((_, dimension), size) in enumerate(zip(definition.dimensions, found.shape, strict=True)):
            hits = positions_containing(dimension, size, word)
            matching |= hits.reshape([-1 if at == axis else 1 for at in range(found.ndim)])
        found &= matching
    return found.ravel()
