"""What a Python lacks of what a project asks for."""

from __future__ import annotations

import pytest

from rivers_core.pythons.inspecting import PythonFacts
from rivers_core.pythons.missing import listed, missing, package_for, refuses_python

FACTS = PythonFacts(
    None,
    (3, 12, 1),
    distributions={"pandas": "2.2.3", "python-dateutil": "2.9"},
    extra={"polars": "1.30", "pandas": "3.0"},
    markers={"python_version": "3.12", "sys_platform": "linux", "python_full_version": "3.12.1"},
)


@pytest.mark.parametrize(
    ("line", "is_missing"),
    [
        ("polars", False),
        ("Polars>=1.20", False),
        ("polars>=2", True),
        ("python_dateutil", False),
        ("duckdb", True),
        ("duckdb; sys_platform == 'win32'", False),
        ("duckdb; extra == 'fast'", False),
        ("duckdb; python_version >= '3.12'", True),
        ("pandas>=3", False),
        ("pandas<3", True),
        ("rivers-core", False),
        ("rivers", False),
    ],
)
def test_a_requirement_is_met_by_a_package_that_fits(line: str, is_missing: bool):
    assert missing([line], FACTS) == ((line,) if is_missing else ())


def test_requirements_are_listed_as_a_person_would():
    assert listed(["duckdb>=1"], FACTS) == "duckdb"
    assert listed(["duckdb", "polars>=2", "pyarrow"], FACTS) == "duckdb, polars>=2 (1.30 is there) and pyarrow"


def test_a_module_is_looked_for_under_the_name_of_its_package():
    assert package_for("yaml", ()) == "PyYAML"
    assert package_for("sklearn", ["polars", "scikit_learn==1.5"]) == "scikit_learn==1.5"
    assert package_for("polars", ["polars>=1.30"]) == "polars>=1.30"
    assert package_for("pydantic", ()) == "pydantic>=2.9"


def test_the_python_that_a_project_asks_for_is_compared():
    assert refuses_python(">=3.13", FACTS)
    assert not refuses_python(">=3.11,<3.13", FACTS)
    assert not refuses_python("", FACTS)
    assert not refuses_python("three", FACTS)
