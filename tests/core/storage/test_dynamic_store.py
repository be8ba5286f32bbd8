"""The keys of dynamic partitions."""

from __future__ import annotations

import pytest

from rivers_core.exceptions import PartitionValidationError
from rivers_core.storage.stores import Stores


def test_keys_keep_the_order_in_which_they_were_added(stores: Stores):
    assert stores.dynamic.add("customers", ["zoe", "ann"]) == ("zoe", "ann")
    assert stores.dynamic.add("customers", ["bob", "ann", "bob"]) == ("bob",)
    stores.dynamic.add("shops", ["ann"])
    assert stores.dynamic.keys("customers") == ("zoe", "ann", "bob")
    assert stores.dynamic.all() == {"customers": ("zoe", "ann", "bob"), "shops": ("ann",)}
    assert stores.dynamic.names() == ("customers", "shops")


def test_a_deleted_key_that_comes_back_stands_last(stores: Stores):
    stores.dynamic.add("customers", ["zoe", "ann", "bob"])
    assert stores.dynamic.delete("customers", "zoe")
    assert not stores.dynamic.delete("customers", "zoe")
    assert not stores.dynamic.has("customers", "zoe")
    stores.dynamic.add("customers", ["zoe"])
    assert stores.dynamic.keys("customers") == ("ann", "bob", "zoe")
    assert stores.dynamic.has("customers", "zoe")


def test_a_name_that_was_never_used_has_no_keys(stores: Stores):
    assert stores.dynamic.keys("customers") == ()
    assert not stores.dynamic.has("customers", "ann")


@pytest.mark.parametrize("key", ["", "a|b", "a,b", " padded", 7])
def test_a_key_that_can_be_none_is_refused_and_nothing_is_added(stores: Stores, key):
    with pytest.raises(PartitionValidationError, match="for 'customers'"):
        stores.dynamic.add("customers", ["ann", key])
    assert stores.dynamic.keys("customers") == ()
