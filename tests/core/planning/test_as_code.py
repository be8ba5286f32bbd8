"""A request as code asks for the same: the Python is executed here, and the command line is read by the CLI."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import rivers_core as rs
from rivers_core.cli.requests import Words, request_from, with_words
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.keys import PartitionKey
from rivers_core.partitions.ranges import PartitionKeyRange
from rivers_core.partitions.strategy import BackfillStrategy
from rivers_core.partitions.subset import Subset
from rivers_core.planning.as_code import as_command, as_python, asked_definition
from rivers_core.planning.planner import make_plan
from rivers_core.planning.request import BackfillRequest
from rivers_core.planning.standing import Situation
from rivers_core.script_requests import backfill_request
from rivers_core.states import FailurePolicy, RunOrder
from tests.core.partitions.definition_strategies import definitions
from tests.core.planning.situations import JUNE, SALES, asset, situation

PRESENT = situation(asset("orders"), asset("sales", SALES), asset("totals", reads=("orders",)))


class Recording:
    """Stands in for a repository: keeps what `backfill` was called with."""

    def backfill(self, **asked: Any) -> None:
        retry = asked.pop("retry", None)
        asked = {name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()}
        self.request = backfill_request(**asked, retry=None if retry is None else retry.to_spec())


def executed(code: str) -> BackfillRequest:
    repo = Recording()
    exec(code, {"rs": rs, "repo": repo})  # the point of the test: what is copied runs
    return repo.request


REQUESTS = {
    "range": BackfillRequest(
        selection=("orders",), partition_range=PartitionKeyRange.single("2024-06-03", "2024-06-09")
    ),
    "range of dimensions": BackfillRequest(
        selection=("sales",),
        partition_range=PartitionKeyRange.multi({"day": ("2024-06-01", "2024-06-02"), "store": ["oslo"]}),
        strategy=BackfillStrategy.per_dimension(multi_run=["day"], single_run=["store"]),
    ),
    "keys": BackfillRequest(selection=("orders",), partition_keys=(PartitionKey.single(["2024-06-03", "2024-06-05"]),)),
    "days picked in the grid": BackfillRequest(
        selection=("orders",), subset=Subset.of([0, 1, 2, 7]), fingerprint=JUNE.fingerprint
    ),
    "a block of the grid": BackfillRequest(
        selection=("sales",), subset=Subset.of([0, 1, 3, 4]), fingerprint=SALES.fingerprint
    ),
    "scattered cells": BackfillRequest(
        selection=("sales",), subset=Subset.of([0, 4, 5, 44, 89]), fingerprint=SALES.fingerprint
    ),
    "everything else": BackfillRequest(
        selection=("orders",),
        include_downstream=True,
        all_partitions=True,
        where=("missing",),
        strategy=BackfillStrategy.single_run(),
        failure_policy=FailurePolicy.STOP_ON_FAILURE,
        order=RunOrder.NEWEST_FIRST,
        max_concurrency=9,
        retry=rs.RetryPolicy(2, backoff=rs.Backoff.linear(1.5)).to_spec(),
        tags=(("team", "it's stock"),),
        config={"orders": {"limit": 3, "note": 'say "hi"'}},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_copied_as_python_asks_for_the_same_plan(name: str) -> None:
    request = REQUESTS[name]
    plan = make_plan(request, PRESENT)
    again = executed(as_python(request, asked_definition(plan)))
    assert [stage.ordinals.tolist() for stage in make_plan(again, PRESENT).stages] == [
        stage.ordinals.tolist() for stage in plan.stages
    ]
    settings = (
        "selection",
        "where",
        "strategy",
        "failure_policy",
        "order",
        "max_concurrency",
        "retry",
        "tags",
        "config",
    )
    assert {one: getattr(again, one) for one in settings} == {one: getattr(request, one) for one in settings}


@st.composite
def chosen(draw: st.DrawFn) -> tuple[PartitionsDefinition, Subset]:
    """A definition of any kind with some of its partitions."""
    definition = draw(definitions().filter(lambda one: 0 < one.size() < 3_000))
    return definition, Subset.of(draw(st.sets(st.integers(0, definition.size() - 1), min_size=1, max_size=12)))


@given(chosen(), st.sampled_from(RunOrder))
def test_any_partitions_of_any_definition_are_copied_as_themselves(
    picked: tuple[PartitionsDefinition, Subset], order: RunOrder
) -> None:
    definition, subset = picked
    present = situation(asset("stock", definition))
    request = BackfillRequest(selection=("stock",), subset=subset, fingerprint=definition.fingerprint, order=order)
    plan = make_plan(request, present)
    for again in (
        executed(as_python(request, asked_definition(plan))),
        _read_by_cli(shlex.split(as_command(request, "shop", asked_definition(plan)))[3:], present),
    ):
        (stage,), (copied,) = plan.stages, make_plan(again, present).stages
        assert (copied.ordinals.tolist(), copied.bounds.tolist()) == (stage.ordinals.tolist(), stage.bounds.tolist())


def test_many_cells_are_written_as_the_few_keys_that_stand_for_them() -> None:
    weekends = Subset.of(day * 3 + store for day in (0, 1, 7, 8) for store in (0, 2))
    code = as_python(BackfillRequest(selection=("sales",), subset=weekends, fingerprint=SALES.fingerprint), SALES)
    days = "['2024-06-01', '2024-06-02', '2024-06-08', '2024-06-09']"
    for store in ("oslo", "tromso"):
        assert f"rs.PartitionKey.multi({{'day': {days}, 'store': '{store}'}})" in code
    assert code.count("rs.PartitionKey") == 2


def test_a_rerun_with_stages_of_its_own_is_copied_as_a_rerun() -> None:
    request = BackfillRequest(
        selection=("orders",), exact={"bill": Subset.of([1])}, rerun_of="b3", rerun_partitions="all"
    )
    assert as_python(request) == "repo.rerun_backfill('b3', partitions='all')\n"
    assert shlex.split(as_command(request, "my shop")) == ["rivers-core", "rerun", "my shop", "b3", "--all"]


SECRET = BackfillRequest(
    selection=("orders",),
    all_partitions=True,
    config={"orders": {"shop": {"name": 'the "big" one, $5 a `day`\\'}, "limit": 2}},
    secrets={"orders": ("token", "shop.password"), "bill": ("key",)},
)
VALUES = {"ORDERS_TOKEN": "s3 cret", "ORDERS_SHOP_PASSWORD": "0042", "BILL_KEY": "k"}
WITH_SECRETS = {
    "orders": {
        **SECRET.config["orders"],
        "token": "s3 cret",
        "shop": {"name": 'the "big" one, $5 a `day`\\', "password": "0042"},
    },
    "bill": {"key": "k"},
}


def test_secrets_are_named_in_copied_python_and_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    assert executed(as_python(SECRET)).config == WITH_SECRETS
    again = SECRET.model_copy(update={"exact": {"orders": Subset.of([1])}, "rerun_of": "b3", "config": {}})
    copied = as_python(again)
    assert "repo.rerun_backfill('b3', config={'orders': {'token': os.environ['ORDERS_TOKEN']" in copied


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Unix reads the command line")
def test_secrets_are_named_in_a_copied_command_line_and_put_in_by_the_shell() -> None:
    again = SECRET.model_copy(update={"exact": {"orders": Subset.of([1])}, "rerun_of": "b3"})
    for request, config in ((SECRET, WITH_SECRETS), (again, None)):
        script = as_command(request, "my shop").replace("rivers-core", "printf '%s\\n'", 1)
        said = subprocess.run(["sh", "-c", script], env=VALUES, capture_output=True, text=True, check=True)
        *_, option, value = said.stdout.rstrip("\n").split("\n")
        assert option == "--config"
        read = json.loads(value)
        assert read == config if config else read["orders"]["shop"] == {"password": "0042"}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_copied_as_a_command_line_is_read_as_the_same_partitions(name: str) -> None:
    request = REQUESTS[name]
    plan = make_plan(request, PRESENT)
    words = shlex.split(as_command(request, "shop", asked_definition(plan)))
    assert words[:3] == ["rivers-core", "backfill", "shop"]
    again = _read_by_cli(words[3:])
    assert [stage.ordinals.tolist() for stage in make_plan(again, PRESENT).stages] == [
        stage.ordinals.tolist() for stage in plan.stages
    ]


def _read_by_cli(words: list[str], present: Situation = PRESENT) -> BackfillRequest:
    """The request that `rivers-core backfill` makes of these words."""

    class Present:
        def spec(self) -> Any:
            return present.spec

        def definition(self, name: str) -> Any:
            return present.definitions[name]

    read: list[BackfillRequest] = []
    app = typer.Typer()

    @app.command()
    @with_words
    def backfill(words: Words) -> None:
        read.append(request_from(words, Present()))  # type: ignore[arg-type]  # what it asks of the engine

    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert read, result.output
    return read[0]
