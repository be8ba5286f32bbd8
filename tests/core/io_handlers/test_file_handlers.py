"""What output files look like on disk, and that there is never half of one."""

import json
import os
import pickle
import time
from pathlib import Path

import pandas
import pytest

import rivers_core as rs
from rivers_core.exceptions import ConfigurationError, ExecutionError, StorageError
from rivers_core.io_handlers import files
from rivers_core.io_handlers.default import DefaultIOHandler
from rivers_core.io_handlers.file_systems import local_path
from rivers_core.io_handlers.files import LocalFiles, put_in_place
from rivers_core.partitions.subset import Subset
from tests.core.io_handlers.writing import DAYS, GRID, files_below, output, reading


def test_an_analyst_can_read_the_paths(tmp_path):
    handler = DefaultIOHandler(tmp_path)
    handler.handle_output(output(0, definition=GRID), 1)
    handler.handle_output(output(5, definition=GRID), pandas.DataFrame({"a": [1]}))
    handler.handle_output(output(3, asset="daily"), 1)
    handler.handle_output(output(asset="report"), 1)

    assert files_below(tmp_path) == [
        "daily/2024-03-04.pkl",
        "report.pkl",
        "tides/date=2024-03-01/port=Hull.pkl",
        "tides/date=2024-03-02/port=Åland%2FN.parquet",
    ]


def test_storing_another_type_removes_the_file_of_the_old_one(tmp_path):
    handler = DefaultIOHandler(tmp_path)
    handler.handle_output(output(0), 1)
    handler.handle_output(output(0), pandas.DataFrame({"a": [1]}))
    assert files_below(tmp_path) == ["tides/2024-03-01.parquet"]

    handler.handle_output(output(0), 2)
    assert files_below(tmp_path) == ["tides/2024-03-01.pkl"]
    assert handler.load_input(reading(0)) == 2


def test_a_batch_is_one_file_with_a_small_index(tmp_path):
    handler = DefaultIOHandler(tmp_path)
    handler.handle_output(output(*range(10), batched=True, run_id="r12", subset=Subset.of([0, 1, 2, 5])), "calm")

    assert files_below(tmp_path) == ["tides/_batches/00000001-r12.json", "tides/_batches/00000001-r12.pkl"]
    index = json.loads((tmp_path / "tides/_batches/00000001-r12.json").read_text())
    assert index["ranges"] == [[0, 3], [5, 6]]
    assert index["fingerprint"] == DAYS.fingerprint


def test_batches_that_newer_ones_replace_entirely_are_removed(tmp_path):
    handler = DefaultIOHandler(tmp_path)
    for number, ordinals in enumerate([(1, 2), (2, 3), (5,), (1, 2, 3)], start=1):
        handler.handle_output(output(*ordinals, batched=True, run_id=f"r{number}"), number)

    assert [name for name in files_below(tmp_path) if name.endswith("json")] == [
        "tides/_batches/00000003-r3.json",
        "tides/_batches/00000004-r4.json",
    ]


def test_a_batch_survives_a_definition_that_was_edited(tmp_path):
    ports = rs.PartitionsDefinition.static_(["Hull", "Kiel"])
    DefaultIOHandler(tmp_path).handle_output(output(0, 1, definition=ports, batched=True, run_id="r1"), "calm")
    grown = rs.PartitionsDefinition.static_(["Bergen", "Kiel", "Hull"])
    handler = DefaultIOHandler(tmp_path)

    assert handler.output_exists(reading(0, 1, 2, definition=grown)) == Subset.of([1, 2])
    assert handler.load_input(reading(2, definition=grown)) == "calm"


def test_a_batch_whose_index_was_never_written_counts_for_nothing(tmp_path):
    handler = DefaultIOHandler(tmp_path)
    handler.handle_output(output(0, 1, batched=True, run_id="r1"), "old")
    (tmp_path / "tides/_batches/00000002-r2.pkl").write_bytes(pickle.dumps("half"))

    assert handler.load_input(reading(0)) == "old"


def test_another_process_sees_what_was_stored(tmp_path):
    writer, reader = DefaultIOHandler(tmp_path), DefaultIOHandler(tmp_path)
    writer.handle_output(output(0, 1, batched=True, run_id="r1"), "one")
    assert reader.load_input(reading(0)) == "one"
    writer.handle_output(output(0, 1, batched=True, run_id="r2"), "two")

    assert reader.load_input(reading(0)) == "two"


class FailsWhilePickled:
    def __reduce__(self):
        raise RuntimeError("broken off")


def test_a_value_that_cannot_be_pickled_leaves_the_old_file_and_says_what_to_do(tmp_path):
    handler = rs.PickleIOHandler(tmp_path)
    handler.handle_output(output(0), "old")
    with pytest.raises(ExecutionError, match="tides returned a value of type FailsWhilePickled that cannot be pickled"):
        handler.handle_output(output(0), FailsWhilePickled())

    assert handler.load_input(reading(0)) == "old"
    assert files_below(tmp_path) == ["tides/2024-03-01.pkl"]


def test_a_write_that_is_broken_off_leaves_no_half_file(tmp_path):
    files = LocalFiles(tmp_path)
    files.write("tides.txt", lambda place: _write(place, b"whole"))

    def broken_off(place):
        _write(place, b"ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write("tides.txt", broken_off)
    assert files_below(tmp_path) == ["tides.txt"]
    assert (tmp_path / "tides.txt").read_bytes() == b"whole"


def test_what_killed_processes_left_is_swept_after_a_day(tmp_path):
    parts = tmp_path / ".parts"
    parts.mkdir()
    for name, age in (("old", 2 * 86400), ("new", 60)):
        (parts / name).write_bytes(b"ha")
        os.utime(parts / name, (time.time() - age,) * 2)
    LocalFiles(tmp_path).write("tides.txt", lambda place: _write(place, b"whole"))

    assert files_below(tmp_path) == [".parts/new", "tides.txt"]


def test_a_file_that_is_no_pickle_any_more_says_where_it_is(tmp_path):
    handler = rs.PickleIOHandler(tmp_path)
    handler.handle_output(output(0), "old")
    (tmp_path / "tides/2024-03-01.pkl").write_bytes(b"nonsense")

    with pytest.raises(StorageError, match=r"tides/2024-03-01\.pkl cannot be read back"):
        handler.load_input(reading(0))


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    (tmp_path / "outputs").write_text("a file")

    with pytest.raises(StorageError, match=r"could not be written: .*Make room or make the folder writable"):
        rs.PickleIOHandler(tmp_path / "outputs").handle_output(output(0), 1)


def test_a_url_of_an_unknown_protocol_is_told_in_a_sentence():
    with pytest.raises(StorageError, match="Outputs cannot be kept at nowhere://x"):
        rs.PickleIOHandler("nowhere://x").handle_output(output(0), 1)


def test_a_file_url_is_a_local_folder(tmp_path):
    rs.PickleIOHandler(f"file://{tmp_path}").handle_output(output(0), 1)

    assert files_below(tmp_path) == ["tides/2024-03-01.pkl"]


def test_a_store_with_a_prefix_keeps_its_files_below_it(tmp_path):
    rs.PickleIOHandler(store=tmp_path, prefix="a/b").handle_output(output(0), 1)

    assert files_below(tmp_path) == ["a/b/tides/2024-03-01.pkl"]


def test_a_handler_without_a_place_says_so():
    with pytest.raises(ConfigurationError, match="PickleIOHandler needs the path"):
        rs.PickleIOHandler().handle_output(output(0), 1)
    with pytest.raises(ConfigurationError, match="ParquetIOHandler needs the path"):
        rs.ParquetIOHandler().load_input(reading(0))
    with pytest.raises(ConfigurationError, match="cannot use 5 as a store"):
        rs.PickleIOHandler(store=5).handle_output(output(0), 1)


def test_the_path_may_come_from_the_environment(tmp_path, monkeypatch):
    class Tides(rs.PickleIOHandler):
        env_prefix = "tides_"

    monkeypatch.setenv("TIDES_PATH", str(tmp_path))
    Tides().handle_output(output(0), 1)
    assert files_below(tmp_path) == ["tides/2024-03-01.pkl"]


def test_a_handler_travels_to_another_process_with_its_settings(tmp_path):
    handler = DefaultIOHandler(tmp_path)
    handler.handle_output(output(0), 7)
    again = pickle.loads(pickle.dumps(handler))

    assert again.path == handler.path
    assert again.load_input(reading(0)) == 7


def test_an_object_store_keeps_whole_objects():
    class Objects(dict):
        """The calls of an obstore store that are used."""

        def put(self, path, content):
            self[path] = content

        def get(self, path):
            if path not in self:
                raise FileNotFoundError(path)
            return type("Got", (), {"bytes": lambda _: self[path]})()

        def head(self, path):
            return {"size": len(self.get(path).bytes())}

        def delete(self, path):
            self.pop(path, None)

        def list(self, prefix):
            yield [{"path": path} for path in self if path.startswith(f"{prefix}/")]

    objects = Objects()
    handler = rs.PickleIOHandler(store=objects, prefix="outputs")
    handler.handle_output(output(0), "own")
    handler.handle_output(output(1, 2, batched=True, run_id="r1"), "batch")

    assert sorted(objects) == [
        "outputs/tides/2024-03-01.pkl",
        "outputs/tides/_batches/00000001-r1.json",
        "outputs/tides/_batches/00000001-r1.pkl",
    ]
    assert [handler.load_input(reading(ordinal)) for ordinal in (0, 1, 2)] == ["own", "batch", "batch"]
    assert handler.output_exists(reading(*range(10))) == Subset.of([0, 1, 2])
    handler.delete_output(reading(0))
    assert handler.output_exists(reading(0)) == Subset()


def test_an_own_handler_needs_two_methods_and_takes_settings():
    class Lines(rs.BaseIOHandler):
        separator: str = "\n"

        def handle_output(self, context, obj):
            context.add_output_metadata({"text": self.separator.join(obj)})

        def load_input(self, context):
            return [context.asset_name]

    context = output(0)
    Lines(separator="-").handle_output(context, ["a", "b"])
    assert context.output_metadata == {"text": "a-b"}
    assert Lines().output_exists(reading(0)) is None
    assert Lines().output_place(reading(0)) is None
    Lines().delete_output(reading(0))


def _write(place, content):
    Path(place).write_bytes(content)


def test_a_file_that_is_being_read_is_replaced_as_soon_as_the_system_lets_go(tmp_path, monkeypatch):
    (tmp_path / "part").write_text("new")
    (tmp_path / "place").write_text("old")
    replace, refusals = os.replace, [PermissionError("in use"), PermissionError("in use")]

    def refuse_at_first(source, target):
        if refusals:
            raise refusals.pop()
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", refuse_at_first)
    put_in_place(str(tmp_path / "part"), str(tmp_path / "place"), pauses=(0, 0, 0))
    assert (tmp_path / "place").read_text() == "new"


def test_a_file_that_stays_in_use_is_told(tmp_path, monkeypatch):
    def refuse(source, target):
        raise PermissionError("in use")

    monkeypatch.setattr(files.os, "replace", refuse)
    with pytest.raises(PermissionError):
        put_in_place(str(tmp_path / "part"), str(tmp_path / "place"), pauses=(0, 0))


@pytest.mark.parametrize(
    ("url", "on_windows", "elsewhere"),
    [
        ("file:///srv/data", "/srv/data", "/srv/data"),
        ("file:///C:/data", "C:/data", "/C:/data"),
        ("file://C:/data", "C:/data", "C:/data"),
    ],
)
def test_a_file_url_is_a_path_with_a_drive_on_windows(url, on_windows, elsewhere):
    assert local_path(url, is_windows=True) == on_windows
    assert local_path(url, is_windows=False) == elsewhere
