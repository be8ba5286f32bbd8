"""The search: better matches first, and keys written in several ways."""

from __future__ import annotations

import pytest

from rivers_app.bridge.project_session import ProjectSession
from rivers_app.models.search import SearchResult, backfill_detail, find_keys, find_run, ranked, run_detail, score
from rivers_app.shell import Shell
from rivers_core.planning.request import BackfillRequest
from rivers_core.records import RunRecord
from tests.app.builders import a_backfill
from tests.app.conftest import Run


def results(*titles: str) -> list[SearchResult]:
    return [SearchResult(title, "", "layers", lambda: None) for title in titles]


def test_a_match_at_the_start_comes_before_one_in_the_middle() -> None:
    found = ranked("fli", results("daily_flights", "flights", "conflicts", "weather"))
    assert [result.title for result in found] == ["flights", "daily_flights", "conflicts"]


def test_all_words_may_be_anywhere() -> None:
    assert score("flights daily", "daily_flights") > 0
    assert score("flights hourly", "daily_flights") == 0


def test_an_empty_query_finds_everything_in_its_order() -> None:
    assert [result.title for result in ranked(" ", results("b", "a"))] == ["b", "a"]


def test_a_detail_counts_half() -> None:
    by_title = SearchResult("raw", "", "layers", lambda: None)
    by_detail = SearchResult("weather", "raw", "layers", lambda: None)
    assert ranked("raw", [by_detail, by_title]) == [by_title, by_detail]


def test_a_backfill_tells_what_it_is_of() -> None:
    assert backfill_detail(a_backfill()) == "daily · 2024-01-01..2024-01-10 · running · 10 partitions"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("2024-01-05", [("daily", 4), ("doubled", 4)]),
        (" 2024-01-05 ", [("daily", 4), ("doubled", 4)]),
        ("2025-01-05", []),
        ("", []),
    ],
)
def test_a_written_key_finds_its_partitions(
    query: str, found: list[tuple[str, int]], shell: Shell, session: ProjectSession, run: Run[list[object]]
) -> None:
    names = ("daily", "doubled", "constant")
    keys = run(shell.background(find_keys, session.engine, names, query))
    assert [(key.asset, key.ordinal) for key in keys] == found  # type: ignore[attr-defined]


def test_a_run_is_found_by_its_id_if_there_is_such_a_run(
    shell: Shell, session: ProjectSession, run: Run[RunRecord | None]
) -> None:
    request = BackfillRequest(selection=("constant",))
    run(session.launch(session.engine.plan(request)))  # type: ignore[arg-type]
    found = run(shell.background(find_run, session.engine, " R1 "))
    assert found is not None
    assert run_detail(found).startswith("constant · ")
    for query in ("r2", "r", "run 1", "r1 r2", "r²", "r" + "9" * 30, "r٣"):
        assert run(shell.background(find_run, session.engine, query)) is None
