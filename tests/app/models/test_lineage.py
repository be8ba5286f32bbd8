"""An asset's lineage: what is upstream stands before it, what is downstream after it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivers_app.models.lineage import lineage_of
from rivers_core.location.spec import AssetSpec, DependencySpec, RepositorySpec


def repository(**upstream: list[str]) -> RepositorySpec:
    return RepositorySpec(
        assets=tuple(
            AssetSpec(name=name, computation=name, dependencies=tuple(DependencySpec(upstream=up) for up in ups))
            for name, ups in upstream.items()
        )
    )


def test_a_lone_asset_is_a_layer_of_its_own() -> None:
    lineage = lineage_of(repository(a=[], b=[]), "a")
    assert lineage.layers == (("a",),)
    assert lineage.edges == ()


def test_only_relatives_are_shown() -> None:
    spec = repository(raw=[], clean=["raw"], report=["clean"], other=["raw"], alone=[])
    lineage = lineage_of(spec, "clean")
    assert lineage.layers == (("raw",), ("clean",), ("report",))
    assert lineage.edges == (("raw", "clean"), ("clean", "report"))


def test_the_longest_way_decides_the_layer() -> None:
    spec = repository(a=[], b=["a"], c=["a", "b"])
    assert lineage_of(spec, "a").layers == (("a",), ("b",), ("c",))


def test_what_many_ways_lead_to_is_reached_once() -> None:
    """As many ways as 2 to the power of 200, were each of them walked."""
    line: dict[str, list[str]] = {"n0": []}
    for at in range(200):
        line |= {f"a{at}": [f"n{at}"], f"b{at}": [f"n{at}"], f"n{at + 1}": [f"a{at}", f"b{at}"]}
    lineage = lineage_of(repository(**line), "n0")
    assert len(lineage.layers) == 401
    assert lineage.layers[-1] == ("n200",)


def test_an_asset_that_reads_its_own_last_value_has_no_edge_to_itself() -> None:
    lineage = lineage_of(repository(total=["total"]), "total")
    assert lineage.layers == (("total",),)
    assert lineage.edges == ()


def test_an_unknown_asset_is_refused() -> None:
    with pytest.raises(KeyError):
        lineage_of(repository(a=[]), "b")


@given(st.lists(st.lists(st.integers(0, 7), max_size=3, unique=True), min_size=1, max_size=8), st.data())
def test_every_edge_leads_to_a_later_layer(parents: list[list[int]], data: st.DataObject) -> None:
    names = {f"n{at}": [f"n{up}" for up in ups if up < at] for at, ups in enumerate(parents)}
    shown = data.draw(st.sampled_from(list(names)))
    lineage = lineage_of(repository(**names), shown)
    layer_of = {name: at for at, layer in enumerate(lineage.layers) for name in layer}
    assert all(layer_of[upstream] < layer_of[downstream] for upstream, downstream in lineage.edges)
    assert all(lineage.layers)
