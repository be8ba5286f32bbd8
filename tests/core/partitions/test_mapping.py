from __future__ import annotations

import json
from datetime import datetime

import pytest

from rivers_core.exceptions import PartitionDefinitionError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.mapping import PartitionMapping, default_mapping
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.subset import Subset

P, M = PartitionsDefinition, PartitionMapping
START, END = datetime(2024, 1, 1), datetime(2024, 3, 1)
DAYS, HOURS, MONTHS = P.daily(START, END), P.hourly(START, END), P.monthly(START, END)
WEEKS = P.weekly(START, END)
SHOPS, FEW = P.static_(["oslo", "bergen", "bodo"]), P.static_(["bergen", "kiruna"])
SALES = P.multi({"shop": SHOPS, "day": DAYS})
VISITS = P.multi({"hour": HOURS, "shop": SHOPS})
CLIENTS = P.dynamic("clients")


def reads(mapping, key, downstream, upstream):
    """The upstream keys that a downstream key reads."""
    ordinal = 0 if downstream is None else downstream.ordinal_of(key)
    found = mapping.upstream_of(ordinal, downstream, upstream).subset
    return [upstream.label_at(at) for at in found]


def missing(mapping, key, downstream, upstream):
    return list(mapping.upstream_of(downstream.ordinal_of(key), downstream, upstream).missing)


def test_identity_reads_the_same_key():
    assert reads(M.identity(), "2024-01-05", DAYS, DAYS) == ["2024-01-05"]
    assert reads(M.identity(), "bergen", FEW, SHOPS) == ["bergen"]


def test_identity_matches_keys_and_not_positions():
    later = P.daily(datetime(2024, 1, 10), END)
    assert reads(M.identity(), "2024-01-12", DAYS, later) == ["2024-01-12"]
    assert missing(M.identity(), "2024-01-05", DAYS, later) == ["2024-01-05"]
    assert missing(M.identity(), "kiruna", FEW, SHOPS) == ["kiruna"]


def test_identity_matches_dimensions_by_name():
    turned = P.multi({"day": DAYS, "shop": FEW})
    key = "day=2024-01-05|shop=bergen"
    assert reads(M.identity(), key, SALES, turned) == [key]
    assert missing(M.identity(), "day=2024-01-05|shop=oslo", SALES, turned) == ["day=2024-01-05|shop=oslo"]


def test_subset_reads_the_same_key_only_where_it_exists():
    assert reads(M.subset(), "bergen", FEW, SHOPS) == ["bergen"]
    assert reads(M.subset(), "kiruna", FEW, SHOPS) == missing(M.subset(), "kiruna", FEW, SHOPS) == []


def test_all_partitions_reads_everything():
    assert reads(M.all_partitions(), "2024-01-05", DAYS, SHOPS) == ["oslo", "bergen", "bodo"]
    assert reads(M.all_partitions(), "", None, SHOPS) == ["oslo", "bergen", "bodo"]


def test_static_reads_what_is_written_out():
    mapping = M.static_({"oslo": "kiruna", "bodo": ["bergen", "kiruna"]})
    assert reads(mapping, "oslo", SHOPS, FEW) == ["kiruna"]
    assert reads(mapping, "bodo", SHOPS, FEW) == ["bergen", "kiruna"]
    assert reads(mapping, "bergen", SHOPS, FEW) == [], "a key left out reads nothing"
    assert mapping.downstream_of(1, SHOPS, FEW) == Subset.of([0, 2])


def test_static_may_name_keys_with_dimensions():
    mapping = M.static_({"oslo": "day=2024-01-01|shop=oslo"})
    assert reads(mapping, "oslo", SHOPS, SALES) == ["day=2024-01-01|shop=oslo"]


def test_time_window_reads_the_same_position_between_equal_grids():
    assert reads(M.time_window(), "2024-01-05", DAYS, DAYS) == ["2024-01-05"]
    assert reads(M.time_window(-1), "2024-01-05", DAYS, DAYS) == ["2024-01-04"]
    assert missing(M.time_window(-1), "2024-01-01", DAYS, DAYS) == ["2023-12-31"]
    assert missing(M.time_window(2), "2024-02-28", DAYS, DAYS) == ["2024-03-01"]


def test_time_window_joins_equal_grids_whatever_their_labels():
    german = P.daily(datetime(2023, 12, 24), END, fmt="%d.%m.%Y")
    assert reads(M.time_window(), "2024-01-05", DAYS, german) == ["05.01.2024"]


def test_time_window_reads_the_windows_that_overlap():
    assert reads(M.time_window(), "2024-01-05T13:00", HOURS, DAYS) == ["2024-01-05"], "an hour to its day"
    assert len(reads(M.time_window(), "2024-02", MONTHS, DAYS)) == 29, "a month to its days"
    assert reads(M.time_window(), "2024-01-29", WEEKS, MONTHS) == ["2024-01", "2024-02"]


def test_time_window_is_moved_by_upstream_windows():
    assert reads(M.time_window(-1), "2024-02", MONTHS, DAYS)[0] == "2024-01-31"
    assert reads(M.time_window(-1), "2024-01-05T13:00", HOURS, DAYS) == ["2024-01-04"]


def test_time_window_names_the_windows_beyond_the_ends():
    assert missing(M.time_window(-2), "2024-01", MONTHS, DAYS) == ["2023-12-30", "2023-12-31"]
    later = P.hourly(datetime(2024, 1, 5, 22), END)
    assert missing(M.time_window(), "2024-01-05", DAYS, later)[0] == "2024-01-05T00:00"
    assert len(missing(M.time_window(), "2024-01-05", DAYS, later)) == 22


def test_time_window_far_beyond_the_calendar_is_missing_and_not_an_error():
    for offset in (-10_000_000, 10_000_000):
        assert len(missing(M.time_window(offset), "2024-01", MONTHS, MONTHS)) == 1
        assert M.time_window(offset).downstream_of(Subset.full(2), MONTHS, MONTHS) == Subset()
        assert M.time_window(offset).downstream_of(Subset.full(60), MONTHS, DAYS) == Subset()


def test_specific_partitions_are_the_same_for_everybody():
    mapping = M.specific_partitions(["bodo", "oslo"])
    assert reads(mapping, "2024-01-05", DAYS, SHOPS) == reads(mapping, "", None, SHOPS) == ["oslo", "bodo"]
    assert mapping.downstream_of(2, DAYS, SHOPS) == Subset.full(60)
    assert mapping.downstream_of(1, DAYS, SHOPS) == Subset()


def test_for_keys_takes_keys_and_ranges():
    mapping = M.for_keys([PartitionKey.single("2024-01-20"), PartitionKeyRange.single("2024-01-03", "2024-01-04")])
    assert reads(mapping, "oslo", SHOPS, DAYS) == ["2024-01-03", "2024-01-04", "2024-01-20"]
    boxes = M.for_keys([PartitionKeyRange.multi({"shop": ["bodo"], "day": ("2024-01-03", "2024-01-04")})])
    assert reads(boxes, "oslo", SHOPS, SALES) == ["day=2024-01-03|shop=bodo", "day=2024-01-04|shop=bodo"]


def test_multi_maps_each_upstream_dimension_from_a_downstream_one():
    mapping = M.multi({"shop": M.identity(), "day": ("hour", M.time_window(-1))})
    key = "hour=2024-01-05T13:00|shop=bodo"
    assert reads(mapping, key, VISITS, SALES) == ["day=2024-01-04|shop=bodo"]
    first = "hour=2024-01-01T13:00|shop=bodo"
    assert missing(mapping, first, VISITS, SALES) == ["day=2023-12-31|shop=bodo"]


def test_multi_may_read_all_of_a_dimension():
    mapping = M.multi({"shop": M.all_partitions(), "day": ("hour", M.time_window())})
    key = "hour=2024-01-01T13:00|shop=bodo"
    assert len(reads(mapping, key, VISITS, SALES)) == 3
    assert len(mapping.downstream_of(SALES.ordinal_of("day=2024-01-01|shop=oslo"), VISITS, SALES)) == 24 * 3


def test_two_upstream_dimensions_may_read_the_same_downstream_one():
    pairs = P.multi({"one": SHOPS, "other": SHOPS})
    mapping = M.multi({"one": ("shop", M.identity()), "other": ("shop", M.identity())})
    assert reads(mapping, "day=2024-01-01|shop=bodo", SALES, pairs) == ["one=bodo|other=bodo"]
    assert mapping.downstream_of(pairs.ordinal_of("one=bodo|other=oslo"), SALES, pairs) == Subset()
    assert len(mapping.downstream_of(pairs.ordinal_of("one=oslo|other=oslo"), SALES, pairs)) == 60


def test_multi_to_single_reads_by_one_dimension():
    assert reads(M.multi_to_single("shop"), "day=2024-01-05|shop=bodo", SALES, SHOPS) == ["bodo"]
    shifted = M.multi_to_single("day", M.time_window(-1))
    assert reads(shifted, "day=2024-01-05|shop=bodo", SALES, DAYS) == ["2024-01-04"]


def test_multi_to_single_also_reads_all_of_the_other_dimensions_upstream():
    found = reads(M.multi_to_single("day"), "2024-01-05", DAYS, SALES)
    assert found == [f"day=2024-01-05|shop={shop}" for shop in ("oslo", "bergen", "bodo")]


def test_an_asset_without_partitions_counts_as_one():
    with pytest.raises(IndexError, match="no downstream partition has the ordinal 1"):
        M.all_partitions().upstream_of(1, None, DAYS)
    assert M.all_partitions().upstream_of(7, DAYS, None).subset == Subset.full(1)
    assert M.all_partitions().downstream_of(0, DAYS, None) == Subset.full(60)
    assert M.all_partitions().downstream_of(7, None, DAYS) == Subset.full(1)
    assert M.all_partitions().downstream_of(Subset(), None, DAYS) == Subset()


ALL = [
    M.identity(),
    M.subset(),
    M.all_partitions(),
    M.static_({"oslo": "bergen", "bodo": ["bergen", "kiruna"]}),
    M.time_window(-3),
    M.specific_partitions(["oslo"]),
    M.for_keys(
        [
            PartitionKey.multi({"shop": ["oslo", "bodo"], "day": "2024-01-01"}),
            PartitionKeyRange.multi({"day": ("2024-01-01", "2024-01-04"), "shop": ["oslo"]}),
        ]
    ),
    M.multi({"shop": M.identity(), "day": ("hour", M.time_window())}),
    M.multi_to_single("shop"),
    M.multi_to_single("day", M.time_window(-1)),
]


@pytest.mark.parametrize("mapping", ALL, ids=lambda mapping: mapping.to_spec()["kind"])
def test_a_mapping_survives_json(mapping):
    assert M.from_spec(json.loads(json.dumps(mapping.to_spec()))) == mapping


def test_a_spec_of_no_known_mapping_is_refused():
    with pytest.raises(PartitionDefinitionError, match="no kind of partition mapping named 'nearest'"):
        M.from_spec({"kind": "nearest"})


@pytest.mark.parametrize(
    ("mapping", "downstream", "upstream", "fault"),
    [
        (M.identity(), HOURS, DAYS, "the two time grids have none for certain; use time_window"),
        (M.identity(), DAYS, P.daily(START, fmt="%d.%m.%Y"), "use time_window"),
        (M.identity(), WEEKS, P.weekly(datetime(2024, 1, 3), END), "use time_window"),
        (M.identity(), SHOPS, P.static_(["paris"]), "no key in common"),
        (M.subset(), SHOPS, P.static_(["paris"]), "no key in common"),
        (M.identity(), SHOPS, P.daily(datetime(2024, 1, 1), datetime(2024, 2, 1)), "no key in common"),
        (M.subset(), P.daily(datetime(2024, 1, 1), datetime(2024, 2, 1)), SHOPS, "no key in common"),
        (M.identity(), SALES, VISITS, "downstream has shop, day, upstream hour, shop; use multi"),
        (M.identity(), SALES, DAYS, "upstream none; use multi or multi_to_single"),
        (M.identity(), None, DAYS, "the downstream asset has none; use all_partitions or specific_partitions"),
        (M.static_({"oslo": "kiruna"}), SHOPS, SHOPS, "a key that is not upstream: 'kiruna'"),
        (M.static_({"kiruna": "oslo"}), SHOPS, SHOPS, "a key that is not downstream: 'kiruna'"),
        (M.static_({"oslo": "oslo"}), None, SHOPS, "the downstream asset has none"),
        (M.time_window(), DAYS, SHOPS, "needs a time grid on both sides"),
        (M.time_window(), CLIENTS, DAYS, "needs a time grid on both sides"),
        (M.time_window(), SALES, SALES, "within multi, which has a mapping for each dimension"),
        (M.time_window(), HOURS, SALES, r'PartitionMapping.multi_to_single\("day", PartitionMapping.time_window\(\)\)'),
        (M.specific_partitions(["kiruna"]), DAYS, SHOPS, "a key that is not upstream: 'kiruna'"),
        (M.for_keys([PartitionKey.single("kiruna")]), DAYS, SHOPS, "names what is not upstream: 'kiruna'"),
        (M.for_keys([PartitionKeyRange.single("oslo", "x")]), DAYS, SHOPS, "names what is not upstream: 'x'"),
        (M.multi({"day": M.identity()}), DAYS, SALES, "needs dimensions on both sides"),
        (M.multi({"day": M.identity()}), SALES, SALES, r"leaves out the upstream dimension 'shop'; .*all_part"),
        (M.multi({"date": M.identity()}), SALES, SALES, "upstream dimension 'date', but upstream has shop, day"),
        (M.multi({"day": ("date", M.identity()), "shop": M.identity()}), SALES, SALES,
         "downstream dimension 'date', but downstream has shop, day"),
        (M.multi({"day": M.multi_to_single("day"), "shop": M.identity()}), SALES, SALES,
         "'day' is mapped by multi_to_single"),
        (M.multi({"day": M.time_window(), "shop": M.time_window()}), SALES, SALES, "needs a time grid on both sides"),
        (M.multi_to_single("day"), SALES, SALES, "dimensions on one side and none on the other"),
        (M.multi_to_single("day"), DAYS, DAYS, "dimensions on one side and none on the other"),
        (M.multi_to_single("date"), SALES, DAYS, "names the dimension 'date', but there are shop, day"),
        (M.multi_to_single("shop"), SALES, DAYS, "name a partition_mapping"),
        (M.multi_to_single("shop", M.identity()), SALES, P.static_(["paris"]), "no key in common"),
        (M.time_window(), DAYS, None, "the upstream asset has none; leave it out"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_fit_is_refused(mapping, downstream, upstream, fault):
    with pytest.raises(PartitionDefinitionError, match=fault):
        mapping.validate(downstream, upstream)


@pytest.mark.parametrize(
    ("mapping", "downstream", "upstream"),
    [
        (M.identity(), CLIENTS, CLIENTS),
        (M.identity(), FEW, SHOPS),
        (M.subset(), CLIENTS, SHOPS),
        (M.static_({"ada": "oslo"}), CLIENTS, SHOPS),
        (M.specific_partitions(["ada"]), DAYS, CLIENTS),
        (M.for_keys([PartitionKey.single("ada")]), None, CLIENTS),
        (M.time_window(-1), P.daily(START), P.hourly(START)),
        (M.all_partitions(), None, None),
        (M.identity(), DAYS, None),
        (M.multi({"day": ("hour", M.time_window()), "shop": M.specific_partitions(["oslo"])}), VISITS, SALES),
    ],
)
def test_a_mapping_that_may_fit_is_accepted_before_anything_is_pinned(mapping, downstream, upstream):
    mapping.validate(downstream, upstream)
    assert M.from_spec(mapping.to_spec()) == mapping


@pytest.mark.parametrize(
    ("downstream", "upstream", "expected"),
    [
        (DAYS, DAYS, M.identity()),
        (DAYS, P.daily(datetime(2023, 1, 1)), M.identity()),
        (SHOPS, SHOPS, M.identity()),
        (P.static_(["bergen"]), SHOPS, M.identity()),
        (CLIENTS, CLIENTS, M.identity()),
        (CLIENTS.pinned(dynamic_keys={"clients": ["ada"]}), CLIENTS, M.identity()),
        (SALES, P.multi({"day": DAYS, "shop": SHOPS}), M.identity()),
        (MONTHS, DAYS, M.time_window()),
        (DAYS, P.daily(START, fmt="%d.%m.%Y"), M.time_window()),
        (P.multi({"day": HOURS, "shop": SHOPS}), SALES, M.multi({"shop": M.identity(), "day": M.time_window()})),
        (P.multi({"day": DAYS}), SALES, M.multi({"shop": ("day", M.all_partitions()), "day": M.identity()})),
        (SALES, P.multi({"day": DAYS}), M.multi({"day": M.identity()})),
        (None, DAYS, M.all_partitions()),
        (DAYS, None, M.all_partitions()),
        (None, None, M.all_partitions()),
        (SALES, DAYS, M.multi_to_single("day", M.identity())),
        (DAYS, SALES, M.multi_to_single("day", M.identity())),
        (SALES, SHOPS, M.multi_to_single("shop", M.identity())),
        (SALES, HOURS, M.multi_to_single("day", M.time_window())),
    ],
)
def test_the_mapping_between_definitions_that_fit_is_found(downstream, upstream, expected):
    found = default_mapping(downstream, upstream)
    assert found == expected
    found.validate(downstream, upstream)


@pytest.mark.parametrize(
    ("downstream", "upstream"),
    [
        (SHOPS, FEW),
        (SHOPS, DAYS),
        (CLIENTS, P.dynamic("suppliers")),
        (SALES, VISITS),
        (SALES, P.multi({"till": SHOPS})),
        (P.multi({"from": SHOPS, "to": SHOPS}), SHOPS),
        (SALES, P.static_(["paris"])),
    ],
)
def test_where_no_mapping_is_obvious_one_is_asked_for(downstream, upstream):
    with pytest.raises(PartitionDefinitionError, match="name a partition_mapping on the dependency"):
        default_mapping(downstream, upstream)


def test_lists_are_asked_for_where_lists_are_meant():
    with pytest.raises(PartitionDefinitionError, match="takes a list of upstream keys, not 'oslo'"):
        M.specific_partitions("oslo")
    with pytest.raises(PartitionDefinitionError, match="takes a list of PartitionKey and PartitionKeyRange"):
        M.for_keys(["oslo"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: PartitionMapping.static_(5),
        lambda: PartitionMapping.time_window(offset="1"),
        lambda: PartitionMapping.time_window(offset=1.5),
        lambda: PartitionMapping.specific_partitions(5),
        lambda: PartitionMapping.multi(5),
    ],
)
def test_a_mapping_of_something_else_is_refused_when_it_is_made(make) -> None:
    with pytest.raises(PartitionDefinitionError, match=r"not ('1'|1\.5|5)\.$"):
        make()
