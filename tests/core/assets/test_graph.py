"""The graph of assets: order, closures and cycles."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rivers_core.assets.graph import AssetGraph


@st.composite
def acyclic_graphs(draw):
    """Nodes that only hang on earlier ones, given in any order."""
    size = draw(st.integers(1, 12))
    upstream = {
        f"n{at}": [f"n{above}" for above in draw(st.sets(st.integers(0, at - 1) if at else st.nothing()))]
        for at in range(size)
    }
    return {name: upstream[name] for name in draw(st.permutations(list(upstream)))}


@given(acyclic_graphs())
def test_every_node_comes_after_everything_upstream_of_it(upstream):
    order = AssetGraph(upstream).order

    assert sorted(order) == sorted(upstream)
    assert all(order.index(above) < order.index(node) for node, names in upstream.items() for above in names)


@given(acyclic_graphs())
def test_an_acyclic_graph_has_no_cycles(upstream):
    assert AssetGraph(upstream).cycles == ()


@given(acyclic_graphs())
def test_what_is_upstream_of_a_node_has_that_node_downstream(upstream):
    graph = AssetGraph(upstream)

    for node in upstream:
        for above in graph.upstream_of([node]):
            assert node in graph.downstream_of([above])


@given(acyclic_graphs())
def test_closures_leave_out_the_nodes_they_begin_with_and_keep_the_order(upstream):
    graph = AssetGraph(upstream)

    for node in upstream:
        above = graph.upstream_of([node])
        assert node not in above
        assert list(above) == [one for one in graph.order if one in above]


def test_nodes_that_do_not_hang_together_keep_the_order_they_were_given_in():
    assert AssetGraph({"c": [], "a": [], "b": []}).order == ("c", "a", "b")
    assert AssetGraph({"d": ["c"], "c": [], "a": ["c"], "b": ["c"]}).order == ("c", "d", "a", "b")


def test_a_cycle_names_its_nodes_upstream_first():
    graph = AssetGraph({"a": ["c"], "b": ["a"], "c": ["b"], "free": [], "below": ["a"]})

    assert graph.order == ("free",)
    (cycle,) = graph.cycles
    assert {*cycle} == {"a", "b", "c"}
    assert all(upstream in graph.direct_upstream(node) for upstream, node in pairwise(cycle))


def test_two_separate_cycles_are_both_found():
    graph = AssetGraph({"a": ["b"], "b": ["a"], "x": ["y"], "y": ["x", "a"]})

    assert sorted(sorted(cycle) for cycle in graph.cycles) == [["a", "b"], ["x", "y"]]


def test_names_that_are_no_nodes_and_a_node_itself_are_ignored():
    graph = AssetGraph({"a": ["elsewhere", "a"]})

    assert graph.order == ("a",)
    assert graph.direct_upstream("a") == ()
