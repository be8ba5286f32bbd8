"""Compares what a project asks for with what a Python has."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from rivers_core.pythons.inspecting import PythonFacts

# These stand for the engine itself, whatever a package index has under their names.
OURS = ("rivers", "rivers-core", "rivers-desktop")

# Packages that are imported by another name than they are installed by: the ones that are met most often.
_PACKAGE_OF_MODULE = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "google": "google-cloud-bigquery",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "psycopg2": "psycopg2-binary",
    "pydantic": "pydantic>=2.9",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "usb": "pyusb",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}


def missing(lines: Iterable[str], facts: PythonFacts) -> tuple[str, ...]:
    """The requirements that a Python does not meet: the package is not there, or in another version."""
    return tuple(line for line in applying(lines, facts) if not _is_met(Requirement(line), facts))


def applying(lines: Iterable[str], facts: PythonFacts) -> tuple[str, ...]:
    """The requirements whose markers hold for a Python; not those that stand for the engine itself."""
    return tuple(line for line in lines if _applies(Requirement(line), facts))


def is_there_in_another_version(line: str, facts: PythonFacts) -> bool:
    """Whether a requirement is about a package that the Python has by itself."""
    return canonicalize_name(Requirement(line).name) in facts.distributions


def refuses_python(requires_python: str, facts: PythonFacts) -> bool:
    """Whether a project's `requires-python` excludes this Python; one that cannot be read excludes none."""
    try:
        return bool(requires_python) and not SpecifierSet(requires_python).contains(facts.version_text)
    except InvalidSpecifier:
        return False


def package_for(module: str, lines: Iterable[str]) -> str:
    """The requirement to install for code that imports `module`: one the project names itself, if it does."""
    package = _PACKAGE_OF_MODULE.get(module, module)
    wanted = canonicalize_name(Requirement(package).name)
    return next((line for line in lines if canonicalize_name(Requirement(line).name) == wanted), package)


def listed(lines: Iterable[str], facts: PythonFacts) -> str:
    """Requirements as a person lists them: `polars, pandas>=3 (2.2 is there) and pyarrow`."""
    found = [_named(Requirement(line), facts) for line in lines]
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


def _named(requirement: Requirement, facts: PythonFacts) -> str:
    version = facts.installed.get(canonicalize_name(requirement.name))
    return requirement.name if version is None else f"{requirement.name}{requirement.specifier} ({version} is there)"


def _applies(requirement: Requirement, facts: PythonFacts) -> bool:
    if canonicalize_name(requirement.name) in OURS:
        return False
    return requirement.marker is None or requirement.marker.evaluate({**facts.markers, "extra": ""})


def _is_met(requirement: Requirement, facts: PythonFacts) -> bool:
    version = facts.installed.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version, prereleases=True)
