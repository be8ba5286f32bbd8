"""The logs of runs."""

from __future__ import annotations

from rivers_core.events import Event, LogsArrived
from rivers_core.steps.task import LogLine
from rivers_core.storage.log_store import AppendLogs
from rivers_core.storage.stores import Stores


def line(text: str, run: int = 1, source: str = "stdout") -> LogLine:
    return LogLine(run, 1_700_000_000.5, "INFO", source, "orders", text)


def texts(stores: Stores, run: int = 1, **asked) -> list[str]:
    return [record.text for record in stores.logs.lines(run, **asked)]


def test_lines_are_numbered_for_each_run_and_told(stores: Stores, told: list[Event]):
    stores.writer.apply(AppendLogs([line("a"), line("b", run=2), line("c")]))
    stores.writer.apply(AppendLogs([line("d")]))
    assert [(record.number, record.text) for record in stores.logs.lines(1)] == [(0, "a"), (1, "c"), (2, "d")]
    assert texts(stores, 2) == ["b"]
    assert all(isinstance(event, LogsArrived) for event in told)
    assert [(record.run_id, record.number) for event in told for record in event.records] == [
        ("r1", 0),
        ("r2", 0),
        ("r1", 1),
        ("r1", 2),
    ]
    assert told[0].records[0] == stores.logs.lines(1)[0]


def test_a_log_is_followed_from_the_last_line_seen(stores: Stores):
    stores.writer.apply(AppendLogs([line(str(number)) for number in range(10)]))
    assert texts(stores, after=6) == ["7", "8", "9"]
    assert texts(stores, limit=2) == ["0", "1"]
    assert texts(stores, after=9) == []
    assert stores.logs.count(1) == 10
    assert stores.logs.count(2) == 0


def test_a_long_log_keeps_its_head_and_tail_and_says_so(stores: Stores):
    for start in range(0, 100, 7):
        lines = [line(str(number)) for number in range(start, min(start + 7, 100))]
        stores.writer.apply(AppendLogs(lines, head_lines=4, tail_lines=5))
    found = texts(stores)
    assert found[:4] == ["0", "1", "2", "3"]
    assert found[5:] == ["95", "96", "97", "98", "99"]
    assert found[4].startswith("… 91 lines were left out")
    assert stores.logs.count(1) == 100
    assert texts(stores, after=97) == ["98", "99"]


def test_the_last_lines_of_several_runs_stand_in_the_order_of_time(stores: Stores):
    moments = [(3, 10.0, "a"), (4, 11.0, "b"), (3, 12.0, "c"), (4, 13.0, "d"), (5, 9.0, "of another backfill")]
    stores.writer.apply(AppendLogs([LogLine(run, time, "INFO", "log", "orders", text) for run, time, text in moments]))
    assert [record.text for record in stores.logs.last_of_runs(3, 5)] == ["a", "b", "c", "d"]
    assert [record.text for record in stores.logs.last_of_runs(3, 5, limit=2)] == ["b", "d"], "of the latest runs"
    assert stores.logs.last_of_runs(7, 9) == ()


def test_a_line_of_absurd_length_keeps_its_beginning_and_end(stores: Stores):
    stores.writer.apply(AppendLogs([line("a" * 50_000 + "b" * 50_000)]))
    (kept,) = texts(stores)
    assert len(kept) < 33_000
    assert (kept[0], kept[-1]) == ("a", "b")
    assert "characters left out" in kept


def test_text_that_is_no_text_is_kept_as_far_as_it_goes(stores: Stores):
    stores.writer.apply(AppendLogs([line("half \ud83d and zero \0 bytes")]))
    assert texts(stores) == ["half ? and zero \0 bytes"]


def test_lines_put_one_by_one_are_written_together(stores: Stores, told: list[Event]):
    def put_more(events: list[Event]) -> None:
        if len(events[0].records) == 1 and events[0].records[0].text == "first":
            for number in range(5):
                stores.writer.put(AppendLogs([line(str(number))]))

    stores.writer.subscribe(put_more)
    stores.writer.apply(AppendLogs([line("first")]))
    stores.writer.flush()
    assert [len(event.records) for event in told] == [1, 5]
    assert texts(stores) == ["first", "0", "1", "2", "3", "4"]


def test_nothing_to_append_tells_nothing(stores: Stores, told: list[Event]):
    stores.writer.apply(AppendLogs([]))
    assert told == []
