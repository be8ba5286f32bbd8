"""The program as a process on a screen, driven by a real mouse and real keys, and judged by what it stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys import projects, stored
from tests.journeys.screen import Program, required, virtual_screen, wait_until

pytestmark = pytest.mark.xvfb

Start = Callable[..., Program]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    required()
    with virtual_screen() as display:
        yield display


@pytest.fixture
def start(display: str, tmp_path: Path) -> Iterator[Start]:
    """Starts the program; what it remembered, it knows when it is started again in the same test."""
    started: list[Program] = []

    def start(*arguments: str) -> Program:
        started.append(Program(display, tmp_path, *arguments))
        return started[-1]

    yield start
    for program in started:
        program.end()


def trust(program: Program) -> None:
    program.click("trustButton")


def is_ended(project: Path, number: int) -> Callable[[], bool]:
    """Whether a backfill has ended, by its row in the database."""
    query = "SELECT ended IS NOT NULL FROM backfills WHERE number = ?"

    def ended() -> bool:
        database = project / ".rivers" / "rivers.sqlite"
        return database.exists() and stored.rows(project, query, number) == [(1,)]

    return ended


def launch(program: Program, promised: str) -> None:
    """From the backfill dialog through the preview, which has to promise this."""
    program.see("backfillSummary", promised)
    program.click("previewButton")
    program.see("previewTitle", promised)
    program.click("launchButton")


def quit_program(program: Program) -> None:
    program.press_keys("ctrl+q")
    assert program.wait_for_exit() == 0


def test_from_the_first_start_to_january_of_two_airports_in_files(start: Start, nyc_flights: Path):
    program = start(str(nyc_flights))
    trust(program)
    program.click_row("assetTable", "daily_flights")
    program.see("assetTitle", "daily_flights")
    program.drag_cells((0, 0), (1, 30))
    program.see("backfillButton", "Backfill 62 Partitions")
    program.press_keys("ctrl+b")
    launch(program, "62 partitions in 62 runs")
    wait_until(is_ended(nyc_flights, 1), "the end of the backfill")
    program.see("statusLegend_completed", "62")
    quit_program(program)

    found = stored.backfill(nyc_flights, 1)
    assert (found["state"], found["completed"], found["num_runs"]) == ("completed", 62, 62)
    files = stored.output_files(nyc_flights, "daily_flights")
    raw = [nyc_flights / "data" / "flights" / origin / "2013-01.parquet" for origin in ("EWR", "JFK")]
    assert len(files) == 62
    assert stored.table(files) == stored.table(raw)


def test_a_stuck_backfill_is_canceled_and_its_failed_cells_are_run_again(start: Start, tmp_path: Path):
    project = projects.gated(tmp_path / "letters")
    program = start(str(project))
    trust(program)
    program.click_row("assetTable", "letter")
    program.see("assetTitle", "letter")
    program.press_keys("ctrl+b")
    launch(program, "6 partitions in 6 runs")
    program.see("statusLegend_completed", "1")
    program.click("activityCancelButton")
    wait_until(is_ended(project, 1), "the end of the canceled backfill")
    found = stored.backfill(project, 1)
    assert (found["state"], found["completed"], found["canceled"]) == ("canceled", 1, 5)

    projects.open_gate(project)
    program.see("statusLegend_canceled", "5")
    program.click("statusLegend_canceled")
    program.see("backfillButton", "Backfill 5 Partitions")
    program.click("backfillButton")
    launch(program, "5 partitions in 5 runs")
    wait_until(is_ended(project, 2), "the end of the second backfill")
    program.see("statusLegend_completed", "6")
    quit_program(program)
    assert stored.backfill(project, 2)["completed"] == 5


def test_a_window_closed_in_the_middle_offers_to_resume_when_it_is_opened_again(start: Start, tmp_path: Path):
    project = projects.gated(tmp_path / "letters")
    program = start(str(project))
    trust(program)
    program.click_row("assetTable", "letter")
    program.see("assetTitle", "letter")
    program.press_keys("ctrl+b")
    launch(program, "6 partitions in 6 runs")
    program.see("statusLegend_completed", "1")
    program.press_keys("ctrl+q")
    program.click("stopAndCloseButton")
    assert program.wait_for_exit() == 0
    assert stored.backfill(project, 1)["state"] == "interrupted"

    projects.open_gate(project)
    again = start()
    again.see("assetTitle", "letter")
    again.see("bannerText", "was interrupted at 1 of 6 partitions")
    again.click("bannerAction0")
    wait_until(is_ended(project, 1), "the end of the resumed backfill")
    quit_program(again)
    found = stored.backfill(project, 1)
    assert (found["state"], found["completed"]) == ("completed", 6)


def test_code_that_was_broken_and_mended_is_reloaded_by_key_and_found_by_search(start: Start, tmp_path: Path):
    project = projects.written(tmp_path / "letters", projects.PLAIN.replace("return context", "retrun context"))
    program = start(str(project))
    trust(program)
    program.see("codeProblemText", "assets.py")
    projects.written(project, projects.PLAIN)
    program.press_keys("F5")
    program.see("assetTable")
    program.press_keys("ctrl+k")
    program.type_text("letter")
    wait_until(lambda: [row for row in program.see("searchResults")["rows"] if "letter" in row["says"]], "a result")
    program.press_keys("Return")
    program.see("assetTitle", "letter")
    program.see("statusLegend_missing", "3")
    quit_program(program)


def test_a_dimension_that_is_dragged_over_is_batched_in_each_run(start: Start, nyc_flights: Path) -> None:
    program = start(str(nyc_flights))
    trust(program)
    program.click_row("assetTable", "daily_flights")
    program.click("backfillButton")
    program.see("backfillSummary", "1,095 partitions in 1,095 runs")
    program.click("strategyChoice")
    program.press_keys("End", "Return")
    program.see("backfillSummary", "1,095 partitions in 365 runs")
    program.drag_row("multiRunDimensions", "date", "singleRunDimensions")
    program.see("backfillSummary", "1,095 partitions in 1 run")
    program.drag_row("singleRunDimensions", "origin", "multiRunDimensions")
    program.see("backfillSummary", "1,095 partitions in 3 runs")
