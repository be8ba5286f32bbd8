"""What is told of pip's output."""

from __future__ import annotations

from pathlib import Path

import pytest

from rivers_core.pythons.inspecting import PythonFacts
from rivers_core.pythons.pip_report import PipReport, Progress

FACTS = PythonFacts(
    Path("/env/bin/python"), (3, 12, 1), markers={"platform_system": "Linux", "platform_machine": "x86_64"}
)
NOTHING = (
    "ERROR: Could not find a version that satisfies the requirement polars>=9 (from versions: none)\n"
    "ERROR: No matching distribution found for polars>=9"
)


def report(text: str) -> PipReport:
    made = PipReport(FACTS)
    for line in text.splitlines():
        made.take(f"{line}\n")
    return made


def test_a_download_is_counted():
    made = report("Collecting polars\n  Downloading polars-1.30-py3-none-any.whl (35 MB)")
    assert made.take("Progress 7 of 28\n") == Progress("Downloading polars-1.30-py3-none-any.whl (35 MB)", 0.25)
    assert made.take("Installing collected packages: polars\n") == Progress("Installing collected packages: polars")
    assert made.take("  Created temporary directory: /tmp/x\n") is None


def test_what_pip_searched_is_not_kept():
    made = report("Collecting polars\n  Found link https://a.test/polars-1.whl\nProgress 1 of 2\nInstalled")
    assert made.text == "Collecting polars\nInstalled\n"


def test_the_frames_of_pip_itself_are_not_kept():
    made = report("ERROR: it broke\nException information:\nTraceback (most recent):\n  File pip\nERROR: again")
    assert made.text == "ERROR: it broke\nERROR: again\n"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("WARNING: Retrying after NewConnectionError: Failed to establish a new connection\n" + NOTHING, "be reached"),
        ("WARNING: [SSL: CERTIFICATE_VERIFY_FAILED]\n" + NOTHING, "has a certificate this computer does not trust"),
        ("WARNING: x is not a trusted or secure host and is being ignored\n" + NOTHING, "is not reached by HTTPS"),
        ("Could not fetch URL a: 404 Client Error: Not Found\n" + NOTHING, "knows no package polars>=9. Is it known"),
        (
            "  Skipping link: No sources permitted for polars: a.tar.gz\n" + NOTHING,
            "polars>=9 has no ready-made package (wheel) for Python 3.12.1 on Linux x86_64",
        ),
        (
            "  Skipping link: none of the wheel's tags (cp37) are compatible: a.whl\n" + NOTHING,
            "polars>=9 has no ready-made package (wheel)",
        ),
        ("Link requires a different Python (3.12.1 not in: '<3.9'): a\n" + NOTHING, "supports Python 3.12.1. Choose"),
        (NOTHING, "Nothing was found that is polars>=9. Check its name"),
        (
            NOTHING.replace("none", "0.1, 1.0, 1.1, 1.2, 1.3, 1.4"),
            "There is no version of polars>=9 for Python 3.12.1; the newest that fit are 1.0, 1.1, 1.2, 1.3, 1.4.",
        ),
        (
            NOTHING.replace("none", "1.2"),
            "There is no version of polars>=9 for Python 3.12.1; the one that fits is 1.2.",
        ),
        ("error: externally-managed-environment", "The system forbids to install packages into its own Python"),
        ("ERROR: Could not install: [Errno 28] No space left on device: '/x'", "The disk is full"),
        (
            "ERROR: Could not install: [Errno 30] Read-only file system: '/x'",
            "cannot be written to. Make an environment",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "is not the one that its hash promises"),
        (
            "ERROR: Cannot install a and b\n\nThe conflict is caused by:\n    a needs c<1\n    b needs c>2\n\n"
            "Additionally, more\n\nERROR: ResolutionImpossible: for help visit x",
            "do not go together, so nothing was installed. a needs c<1; b needs c>2. Change",
        ),
        ("ERROR: Failed building wheel for x", "pip could not install this: Failed building wheel for x"),
        ("", "pip could not install this: it said nothing"),
    ],
)
def test_every_failure_gets_its_sentence(printed: str, said: str):
    assert said in report(printed).sentence()
