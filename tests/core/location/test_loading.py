"""Loading a project's code: the alias, the one repository, and a sentence for whatever goes wrong."""

from __future__ import annotations

import importlib
import sys
import textwrap
from itertools import count

import pytest

from rivers_core.exceptions import CodeLocationError
from rivers_core.location.alias import rivers_alias
from rivers_core.location.fingerprint import code_fingerprint
from rivers_core.location.loading import CodePlace, load_code, module_name
from rivers_core.location.loading_flag import refuse_while_loading
from rivers_core.location.pool import WorkerPool
from rivers_core.location.project import Project

_numbers = count()


@pytest.fixture(autouse=True)
def own_modules():
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith(("flows_", "gauges_", "pack_")):
            del sys.modules[name]


@pytest.fixture
def place(tmp_path):
    def write(code: str, name: str | None = None) -> CodePlace:
        file = tmp_path / (name or f"flows_{next(_numbers)}.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(code), encoding="utf-8")
        return CodePlace(tmp_path, file)

    return write


def refusal(place: CodePlace) -> CodeLocationError:
    with pytest.raises(CodeLocationError) as caught:
        load_code(place)
    return caught.value


def test_the_alias_is_the_engine_under_all_forms_of_import(place):
    loaded = load_code(
        place(
            """
            import rivers as rs
            import rivers.exceptions
            from rivers import Asset
            from rivers.partitions.keys import PartitionKey
            import rivers_core

            assert rs is rivers_core and rivers.exceptions is rivers_core.exceptions and rs.Asset is Asset
            same = PartitionKey is rs.PartitionKey

            @Asset
            def rain():
                return 1

            repo = rs.CodeRepository(assets=[rain])
            """
        )
    )
    assert list(loaded.definitions.assets) == ["rain"]
    assert loaded.repository.__class__.__module__ == "rivers_core.repository"
    assert sys.modules[loaded.definitions.computation("rain").function.__module__].same


def test_the_alias_ends_with_the_loading(place):
    load_code(place("import rivers as rs, rivers.exceptions\nrepo = rs.CodeRepository(assets=[])\n"))
    assert not [name for name in sys.modules if name.partition(".")[0] == "rivers"]
    with pytest.raises(ImportError):
        importlib.import_module("rivers")


def test_the_alias_shadows_an_installed_package_and_gives_it_back(place, tmp_path, monkeypatch):
    installed = tmp_path / "site"
    (installed / "rivers").mkdir(parents=True)
    (installed / "rivers" / "__init__.py").write_text("own = True\n")
    (installed / "rivers" / "deep.py").write_text("")
    monkeypatch.syspath_prepend(str(installed))
    other = importlib.import_module("rivers.deep")
    try:
        load_code(place("import rivers as rs\nassert not hasattr(rs, 'own')\nrepo = rs.CodeRepository(assets=[])\n"))
        assert sys.modules["rivers"].own
        assert sys.modules["rivers.deep"] is other
    finally:
        del sys.modules["rivers"], sys.modules["rivers.deep"]


def test_the_alias_leaves_the_engines_modules_as_they_are():
    import rivers_core.exceptions

    before = rivers_core.exceptions.__spec__
    with rivers_alias():
        aliased = importlib.import_module("rivers.exceptions")
        with pytest.raises(ImportError):
            importlib.import_module("rivers.no_such_part")
    assert aliased is rivers_core.exceptions
    assert aliased.__spec__ is before


def test_the_code_keeps_its_own_module_name_and_finds_its_neighbors(place, tmp_path):
    number = next(_numbers)
    (tmp_path / f"gauges_{number}.py").write_text("READING = 7\n")
    loaded = load_code(
        place(
            f"""
            import rivers as rs

            @rs.Asset
            def rain():
                from gauges_{number} import READING
                return READING

            repo = rs.CodeRepository(assets=[rain])
            """,
            f"flows_{number}.py",
        )
    )
    function = loaded.definitions.computation("rain").function
    assert function.__module__ == f"flows_{number}"
    assert function() == 7


def test_a_file_in_a_package_may_import_relatively(place, tmp_path):
    package = f"pack_{next(_numbers)}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / package / "shared.py").write_text("import rivers as rs\nrepo = rs.CodeRepository(assets=[])\n")
    place_of_code = place("from .shared import repo\n", f"{package}/flows.py")
    assert module_name(place_of_code.code) == (f"{package}.flows", tmp_path)
    assert load_code(place_of_code).repository is sys.modules[f"{package}.shared"].repo


def test_a_syntax_error_is_told_with_its_line(place):
    error = refusal(place("import rivers as rs\n\ndef rain(:\n    pass\n", "flows_syntax.py"))
    assert str(error) == "flows_syntax.py, line 3, is not valid Python: invalid syntax."
    assert "def rain(:" in error.details


def test_an_error_in_a_neighbor_names_the_neighbor(place, tmp_path):
    number = next(_numbers)
    (tmp_path / f"gauges_{number}.py").write_text("x = 1\n\ny = 1 / 0\n")
    error = refusal(place(f"import gauges_{number}\n"))
    assert str(error) == (
        f"gauges_{number}.py, line 3, failed while the project was opened: ZeroDivisionError: division by zero"
    )
    assert "rivers_core" not in error.details
    assert "importlib" not in error.details
    assert "y = 1 / 0" in error.details


def test_a_missing_package_says_where_to_install_it(place):
    error = refusal(place("\nimport no_such_package.deep\n", "flows_missing.py"))
    assert str(error).startswith("flows_missing.py, line 2, imports no_such_package, which is not installed")
    assert error.missing == "no_such_package"


def test_a_name_that_a_module_lacks_is_named(place):
    assert "line 1, imports something that is not there: cannot import name 'nope'" in str(
        refusal(place("from json import nope\n"))
    )


def test_a_name_that_the_engine_lacks_is_told_in_its_own_words(place):
    message = str(refusal(place("import rivers as rs\nrs.NoSuchThing\n", "flows_lacking.py")))
    assert "flows_lacking.py, line 2" in message
    assert "NoSuchThing" in message


@pytest.mark.parametrize("call", ["sys.exit(2)", "sys.exit()", "raise KeyboardInterrupt"])
def test_code_that_ends_the_program_is_refused(place, call):
    assert "line 2, ended the program while the project was opened" in str(refusal(place(f"import sys\n{call}\n")))


def test_a_declaration_that_cannot_work_is_told_with_its_line(place):
    error = refusal(
        place(
            """\
            import rivers as rs

            days = rs.PartitionsDefinition.static_([])
            """,
            "flows_static.py",
        )
    )
    assert str(error).startswith("flows_static.py, line 3: A static partitions")


def test_all_problems_of_a_repository_are_told(place):
    error = refusal(
        place(
            """\
            import rivers as rs

            @rs.Asset
            def rain(snow):
                return 1

            @rs.Asset
            def flood(hail):
                return 1

            repo = rs.CodeRepository(assets=[rain, flood])
            """
        )
    )
    assert "snow" in str(error)
    assert "hail" in str(error)


def test_no_repository_and_several_are_refused(place):
    none = refusal(place("x = 1\n", "flows_none.py"))
    assert str(none).startswith("flows_none.py makes no CodeRepository. Add one at its end:")
    code = "import rivers as rs\nfirst = rs.CodeRepository(assets=[])\nsecond = rs.CodeRepository(assets=[])\n"
    several = refusal(place(code, "flows_several.py"))
    assert str(several) == "flows_several.py makes several code repositories: first, second. Keep one of them."


def test_one_repository_under_two_names_is_one(place):
    load_code(place("import rivers as rs\nrepo = same = rs.CodeRepository(assets=[])\n"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("json.py", "has the name of a module that it needs itself: json. Rename it."),
        ("my-flows.py", "cannot be imported under its name"),
        ("pytest.py", "has the name of another module that is loaded: pytest. Rename it."),
    ],
)
def test_a_name_that_cannot_be_imported_is_refused(place, name, said):
    assert f"{name} {said}" in str(refusal(place("x = 1\n", name)))


def test_launching_while_loading_is_refused(place):
    error = refusal(
        place(
            """\
            import rivers as rs
            from rivers.location.loading_flag import refuse_while_loading

            repo = rs.CodeRepository(assets=[])
            refuse_while_loading("backfill")
            """,
            "flows_launching.py",
        )
    )
    assert str(error).startswith("flows_launching.py calls backfill() while it is being opened as a project.")
    assert 'if __name__ == "__main__":' in str(error)
    refuse_while_loading("backfill")


@pytest.mark.parametrize(
    "call",
    ["backfill", "materialize", "rerun_backfill", "resume_backfill", "get_backfill", "cancel_backfill", "load_node"],
)
def test_a_repository_runs_nothing_while_its_file_is_loaded(place, call):
    arguments = {"rerun_backfill": '"b1"', "resume_backfill": '"b1"', "get_backfill": '"b1"', "cancel_backfill": '"b1"'}
    code = f"""\
        import rivers as rs

        @rs.Asset
        def rain():
            raise AssertionError("it was computed")

        repo = rs.CodeRepository(assets=[rain])
        repo.{call}({arguments.get(call, '["rain"]' if call != "load_node" else '"rain"')})
        """
    error = refusal(place(code, f"flows_calling_{call}.py"))
    assert str(error).startswith(f"flows_calling_{call}.py calls {call}() while it is being opened as a project.")


def test_a_worker_refuses_a_file_that_launches_while_it_is_loaded(place):
    code = "import rivers as rs\nrepo = rs.CodeRepository(assets=[])\nrepo.backfill()\n"
    with (
        WorkerPool(Project.open(place(code, "flows_in_worker.py").code), slots=1) as pool,
        pytest.raises(CodeLocationError, match=r"flows_in_worker.py calls backfill\(\) while") as caught,
    ):
        pool.spec()
    assert 'if __name__ == "__main__":' in str(caught.value)


def test_a_call_below_the_main_guard_leaves_the_file_loadable(place):
    code = "import rivers as rs\nrepo = rs.CodeRepository(assets=[])\n"
    loaded = load_code(place(f'{code}if __name__ == "__main__":\n    repo.backfill()\n'))
    assert loaded.repository.assets == {}


def test_the_fingerprint_follows_the_projects_own_files(place, tmp_path):
    number = next(_numbers)
    neighbor = tmp_path / f"gauges_{number}.py"
    neighbor.write_text("READING = 7\n")
    toml = tmp_path / "rivers.toml"
    toml.write_text("")
    (tmp_path / "unused.py").write_text("x = 1\n")
    loaded = load_code(place(f"import rivers as rs, gauges_{number}\nrepo = rs.CodeRepository(assets=[])\n"))
    assert loaded.fingerprint == code_fingerprint(tmp_path)
    (tmp_path / "unused.py").write_text("x = 2\n")
    assert loaded.fingerprint == code_fingerprint(tmp_path)
    with_settings = code_fingerprint(tmp_path, toml)
    assert with_settings != loaded.fingerprint
    neighbor.write_text("READING = 8\n")
    assert loaded.fingerprint != code_fingerprint(tmp_path)
    toml.write_text("[project]\n")
    assert with_settings != code_fingerprint(tmp_path, toml)
