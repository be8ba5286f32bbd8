from __future__ import annotations

import numpy as np
import pytest

from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.planning.texts import TIMES, counted, range_text, strategy_text
from tests.core.planning.situations import JUNE, SALES, STORES


@pytest.mark.parametrize(
    ("definition", "ordinals", "text"),
    [
        (JUNE, range(30), "all 30 partitions"),
        (JUNE, range(5), "2024-06-01 … 2024-06-05"),
        (JUNE, [3], "2024-06-04"),
        (JUNE, [3, 9], "2024-06-04, 2024-06-10"),
        (JUNE, [0, 2, 4, 6], "4 of 2024-06-01 … 2024-06-07"),
        (STORES, [0, 1], "oslo, bergen"),
        (SALES, [0, 1, 2, 3, 4, 5], "2024-06-01, 2024-06-02 x oslo, bergen, tromso"),
        (SALES, range(0, 60, 3), "2024-06-01 … 2024-06-20 x oslo"),
        (SALES, [0, 4], "2 partitions of 2024-06-01, 2024-06-02 x oslo, bergen"),
    ],
)
def test_a_range_is_written_as_a_person_would_say_it(
    definition: PartitionsDefinition, ordinals: list[int], text: str
) -> None:
    assert range_text(np.array(ordinals, dtype=np.int64), definition).replace(TIMES, " x ") == text


def test_an_asset_without_partitions_says_so() -> None:
    assert range_text(np.zeros(1, dtype=np.int64), None) == "no partitions"


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        (BackfillStrategy.multi_run(), "one run per partition"),
        (BackfillStrategy.single_run(), "one run for all partitions"),
        (BackfillStrategy.per_dimension(["day"], ["store"]), "one run per day, with every store in it"),
        (BackfillStrategy.per_dimension(["day", "store"], []), "one run per day x store"),
        (BackfillStrategy.per_dimension([], ["day", "store"]), "one run for every day x store"),
    ],
)
def test_a_strategy_is_said_in_words(strategy: BackfillStrategy, text: str) -> None:
    assert strategy_text(strategy, SALES).replace(TIMES, " x ") == text


def test_counts_agree_with_their_nouns() -> None:
    assert (counted(1, "partition"), counted(1234, "partition")) == ("1 partition", "1,234 partitions")
