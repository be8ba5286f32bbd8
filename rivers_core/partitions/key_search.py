"""Finding keys by a piece of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rivers_core.partitions.definitions import PartitionsDefinition


def positions_containing(dimension: PartitionsDefinition, size: int, word: str) -> NDArray[np.bool_]:
    """One truth value for each of a dimension's first `size` keys: whether the word is in it; case does not matter.

    Looks at every key once.
    """
    wanted = word.casefold()
    return np.fromiter((wanted in dimension.label_at(at).casefold() for at in range(size)), np.bool_, size)
