"""Opening a project: what is found, and the sentence for everything that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from rivers_core.exceptions import ProjectError
from rivers_core.location.project import Project

REPOSITORY = "import rivers as rs\nrepo = rs.CodeRepository(assets=[])\n"


def write(path: Path, text: str = REPOSITORY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ProjectError) as caught:
        Project.open(path)
    return str(caught.value)


def test_a_folder_with_one_code_file_is_a_project_named_after_the_folder(tmp_path):
    code = write(tmp_path / "rain" / "flows.py")
    write(tmp_path / "rain" / "shared.py", '"""Read by CodeRepository(...) in flows."""\n')
    project = Project.open(tmp_path / "rain")
    assert (project.name, project.code, project.folder) == ("rain", code, tmp_path / "rain")
    assert project.storage_folder == tmp_path / "rain" / ".rivers"
    assert project.toml is None
    assert project.interpreter is None


def test_settings_name_project_code_and_interpreter(tmp_path):
    code = write(tmp_path / "src" / "flows.py")
    python = write(tmp_path / ".venv" / "bin" / "python", "#!/bin/sh\n")
    python.chmod(0o755)
    toml = write(
        tmp_path / "rivers.toml",
        '[project]\nname = "Rain gauges"\ncode = "src/flows.py"\n[python]\ninterpreter = ".venv/bin/python"\n',
    )
    project = Project.open(tmp_path)
    assert (project.name, project.code, project.interpreter, project.toml) == ("Rain gauges", code, python, toml)
    assert Project.open(toml).folder == tmp_path


def test_an_interpreter_that_is_a_link_keeps_its_own_path(tmp_path):
    target = write(tmp_path / "real", "#!/bin/sh\n")
    target.chmod(0o755)
    (tmp_path / "python").symlink_to(target)
    write(tmp_path / "flows.py")
    write(tmp_path / "rivers.toml", '[python]\ninterpreter = "python"\n')
    assert Project.open(tmp_path).interpreter == tmp_path / "python"


def test_a_package_may_be_the_code(tmp_path):
    write(tmp_path / "flows" / "__init__.py")
    write(tmp_path / "rivers.toml", '[project]\ncode = "flows"\n')
    assert Project.open(tmp_path).code == tmp_path / "flows"


def test_a_lone_file_is_a_project(tmp_path):
    code = write(tmp_path / "flows.py")
    project = Project.open(code)
    assert (project.name, project.code, project.folder) == ("flows", code, tmp_path)
    assert project.storage_folder == tmp_path / ".rivers"


def test_neighboring_files_keep_their_storage_apart(tmp_path):
    first, second = write(tmp_path / "a.py"), write(tmp_path / "b.py")
    assert Project.open(first).storage_folder == tmp_path / ".rivers" / "a"
    assert Project.open(second).storage_folder == tmp_path / ".rivers" / "b"


def test_the_file_that_the_settings_name_opens_the_whole_project(tmp_path):
    code = write(tmp_path / "flows.py")
    write(tmp_path / "rivers.toml", '[project]\nname = "Rain"\ncode = "flows.py"\n')
    assert Project.open(code).name == "Rain"


def test_a_project_is_the_same_one_by_whatever_of_its_files_it_is_opened(tmp_path):
    code = write(tmp_path / "flows.py")
    toml = write(tmp_path / "rivers.toml", '[project]\ncode = "flows.py"\n')
    assert {Project.open(given).path for given in (tmp_path, toml, code)} == {tmp_path}


def test_what_does_not_exist_is_named(tmp_path):
    assert (
        refusal(tmp_path / "gone") == f"{tmp_path / 'gone'} does not exist. Check the path, or choose another project."
    )


def test_a_path_that_the_system_refuses_is_told_in_a_sentence(tmp_path):
    said = refusal(tmp_path / ("a" * 300))
    assert "cannot be opened: File name too long. Check it, or choose another project." in said


def test_the_home_of_somebody_unknown_does_not_exist(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "does not exist. Check the path" in refusal(Path("~nobody-of-this-name/rain"))


def test_an_empty_folder_is_told_from_one_without_python_and_one_without_a_repository(tmp_path):
    assert "is empty" in refusal(tmp_path)
    write(tmp_path / "notes.txt", "rain")
    assert "holds no Python file" in refusal(tmp_path)
    write(tmp_path / "flows.py", "# CodeRepository(assets=[]) comes later\n")
    assert "No Python file" in refusal(tmp_path)
    assert "makes a CodeRepository" in refusal(tmp_path)


def test_several_candidates_are_named(tmp_path):
    write(tmp_path / "a.py")
    write(tmp_path / "b.py", "from rivers import CodeRepository\nrepo = CodeRepository([])\n")
    assert "several Python files with a CodeRepository: a.py, b.py" in refusal(tmp_path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    assert "is no project" in refusal(write(tmp_path / "flows.ipynb", "{}"))


def test_broken_settings_name_their_line(tmp_path):
    write(tmp_path / "rivers.toml", '[project]\nname = "Rain\n')
    assert "rivers.toml is not valid TOML" in refusal(tmp_path)
    assert "line 2" in refusal(tmp_path)


def test_settings_in_another_encoding_are_refused(tmp_path):
    (tmp_path / "rivers.toml").write_bytes(b'[project]\nname = "Stra\xdfe"\n')
    assert "not text in UTF-8" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[project]\nnmae = "x"', "no setting 'nmae' in [project]. Did you mean 'name'?"),
        ('[project]\nzzz = "x"', "no setting 'zzz' in [project]. It knows name and code."),
        ('[pyhton]\ninterpreter = "x"', "no table [pyhton]. Did you mean [python]?"),
        ("[zzz]", "no table [zzz]. It knows [project] and [python]."),
        ("zzz = 1", "no setting 'zzz'."),
        ('code = "x.py"', "code stands alone; write it below a line [project]."),
        ("project = 1", "project must be a table, written [project] on a line of its own."),
        ("[project]\nname = 3", "name in [project] must be a text in quotes"),
        ('[project]\nname = " "', "name in [project] must be a text in quotes, and not empty."),
        ('[project]\ncode = "gone.py"', "code names 'gone.py', but there is no such file."),
        ('[project]\ncode = "notes.txt"', "code names 'notes.txt', which is no Python file."),
        ('[project]\ncode = "folder"', "code names the folder 'folder', which has no __init__.py."),
        ('[python]\ninterpreter = "gone"', "interpreter names 'gone', but there is no such file."),
        ('[python]\ninterpreter = "folder"', "interpreter names the folder 'folder'. Name the Python program in it."),
        ('[python]\ninterpreter = "notes.txt"', "interpreter names 'notes.txt', which is no program"),
    ],
)
def test_every_wrong_setting_gets_its_sentence(tmp_path, text, said):
    write(tmp_path / "flows.py")
    write(tmp_path / "notes.txt", "rain")
    (tmp_path / "folder").mkdir()
    toml = write(tmp_path / "rivers.toml", text)
    message = refusal(tmp_path)
    assert message.startswith(str(toml))
    assert said in message
