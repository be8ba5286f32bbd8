"""Reads what pip prints: how far it is, and what to tell when it fails."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rivers_core.pythons.inspecting import PythonFacts

_BYTES = re.compile(r"^Progress (\d+) of (\d+)$")
_STEPS = re.compile(r"^\s*(Collecting|Downloading|Using cached|Building wheel|Installing collected packages|Looking)\b")
_NO_VERSION = re.compile(r"requirement (?P<what>.+?) \(from versions: (?P<versions>.*)\)")
_NOTHING_FITS = re.compile(r"No matching distribution found for (?P<what>.+)")
_CAUSES = re.compile(r"The conflict is caused by:\n(?P<causes>(?:[ \t]+.+\n)+)")
_UNREACHABLE = (
    "Failed to establish a new connection",
    "NameResolutionError",
    "Name or service not known",
    "Temporary failure in name resolution",
    "getaddrinfo failed",
    "Network is unreachable",
    "Connection refused",
    "ConnectTimeoutError",
    "Read timed out",
    "ProxyError",
)
# What pip says in its own words, and what is told for it; the first that fits.
_SENTENCES = (
    (
        _UNREACHABLE,
        "The package index could not be reached, so nothing was installed. "
        "Check the network connection, or the proxy and index that pip is set up with.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "SSLError"),
        "The package index has a certificate this computer does not trust, so nothing was installed. "
        "Ask who runs your network for its certificate, and name it to pip: pip config set global.cert FILE",
    ),
    (
        ("is not a trusted or secure host",),
        "The package index is not reached by HTTPS, so nothing was installed. "
        "Set pip up with its https address, or with trusted-host.",
    ),
    (
        ("externally-managed-environment",),
        "The system forbids to install packages into its own Python. "
        "Make an environment for the project (python3 -m venv .venv), or choose the app's own Python.",
    ),
    (
        ("No space left on device", "[WinError 112]"),
        "The disk is full, so nothing was installed. Free some space, then try again.",
    ),
    (
        ("Permission denied", "Read-only file system", "[WinError 5]"),
        "The Python of this project cannot be written to. "
        "Make an environment where you may write (python3 -m venv FOLDER) and choose that, or the app's own Python.",
    ),
    (
        ("THESE PACKAGES DO NOT MATCH THE HASHES",),
        "A package is not the one that its hash promises, so nothing was installed. Ask who changed it.",
    ),
)
_OTHER_PYTHON = "requires a different Python"
_NO_WHEEL = ("No sources permitted", "wheel's tags", "not compatible with this Python")
_UNKNOWN = "404 Client Error"
_SIGNS = (*(sign for signs, _ in _SENTENCES for sign in signs), _OTHER_PYTHON, *_NO_WHEEL, _UNKNOWN)

# What pip tells about its search is read and not kept: a package has hundreds of files.
_NOISE = re.compile(
    r"^\s*(Skipping|Found|Looking up|No cache|Created|Initialized|Entered|Removed|Fetch|Getting|Given|Starting new"
    r"|https?:|file:|Updating cache|Status code|Current age|Freshness|Ignoring unknown|The response|Cache"
    r"|\* |\d+ location|Non-user install|Added|Obtaining|Could not fetch URL|Source in|Could not parse"
    r"|Set freshness|Returning)"
)
_AFTER_THE_ERROR = "Exception information:"
_MOST_VERSIONS = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of an installation; `fraction` of the download that is under way, None where that is not known."""

    text: str
    fraction: float | None = None


class PipReport:
    """Takes pip's lines as they come, and keeps them."""

    def __init__(self, facts: PythonFacts) -> None:
        self._facts = facts
        self._lines: list[str] = []
        self._signs: set[str] = set()
        self._step = ""
        self._has_failed = False

    @property
    def text(self) -> str:
        """What was printed, but for the counts of bytes and the search for packages."""
        return "".join(f"{line}\n" for line in self._lines)

    @property
    def is_conflict(self) -> bool:
        """Whether no set of versions meets everything that was asked for."""
        return "ResolutionImpossible" in self.text

    def take(self, line: str) -> Progress | None:
        """What a line tells of the progress, if it does."""
        line = line.rstrip()
        if (counted := _BYTES.match(line)) is not None:
            return Progress(self._step, int(counted[1]) / max(1, int(counted[2])))
        self._signs.update(sign for sign in _SIGNS if sign in line)
        self._has_failed |= line == _AFTER_THE_ERROR
        if not _NOISE.match(line) and (not self._has_failed or line.startswith("ERROR:")):
            self._lines.append(line)
        if _STEPS.match(line):
            self._step = line.strip()
            return Progress(self._step)
        return None

    def sentence(self) -> str:
        """Why it failed, and what to do."""
        text = self.text
        for signs, sentence in _SENTENCES:
            if self._signs.intersection(signs):
                return sentence
        if self.is_conflict:
            return self._conflict(text)
        if (found := _NO_VERSION.search(text)) is not None or (found := _NOTHING_FITS.search(text)) is not None:
            return self._nothing_fits(text, found)
        errors = [line.removeprefix("ERROR:").strip() for line in self._lines if line.startswith("ERROR:")]
        said = errors[0] if errors else (self._lines[-1] if self._lines else "it said nothing")
        return f"pip could not install this: {said}"

    def _conflict(self, text: str) -> str:
        found = _CAUSES.search(text)
        causes = [line.strip() for line in found["causes"].splitlines()] if found else []
        told = f" {'; '.join(causes)}." if causes else ""
        return f"These packages do not go together, so nothing was installed.{told} Change what the project asks for."

    def _nothing_fits(self, text: str, found: re.Match[str]) -> str:
        what = found["what"].strip()
        versions = found.groupdict().get("versions", "none") or "none"
        python = f"Python {self._facts.version_text}"
        if versions != "none":
            newest = [version.strip() for version in versions.split(",")[-_MOST_VERSIONS:]]
            fitting = "the one that fits is" if len(newest) == 1 else "the newest that fit are"
            return f"There is no version of {what} for {python}; {fitting} {', '.join(newest)}."
        if _OTHER_PYTHON in self._signs:
            return f"No version of {what} supports {python}. Choose another Python for this project."
        if self._signs.intersection(_NO_WHEEL):
            return (
                f"{what} has no ready-made package (wheel) for {python} on {self._facts.platform_text}. "
                "Choose another Python for this project, or install it into an environment of the project's own."
            )
        if _UNKNOWN in self._signs:
            return f"The package index knows no package {what}. Is it known by another name?"
        return f"Nothing was found that is {what}. Check its name, and where pip is set up to look for packages."
