"""Prints what a Python is and which packages it has, as JSON; run by that Python itself, in a process of its own.

It must run on any Python 3.6, where `dict[str, str]` is no annotation, and imports nothing but the standard library.
"""

import json
import os
import platform
import sys
import sysconfig
from typing import Any


def distributions(folders: Any = None) -> Any:  # a list of texts; a dict of texts
    """Names and versions of what is installed; in these folders only, where some are given."""
    try:
        from importlib import metadata
    except ImportError:  # before Python 3.8
        return {}
    found: Any = {}
    for distribution in metadata.distributions(**({"path": folders} if folders else {})):
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(name, distribution.version)  # the first on the path is the one that is imported
    return found


def markers() -> Any:  # a dict of texts
    """What the markers of requirements ask about, by the names of the specification of dependency specifiers."""
    version = sys.implementation.version
    full = f"{version.major}.{version.minor}.{version.micro}"
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": full if version.releaselevel == "final" else full + version.releaselevel[0] + "0",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def is_managed() -> bool:
    """Whether the system forbids to install packages into this Python (PEP 668)."""
    if sys.prefix != sys.base_prefix:
        return False
    return os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))  # noqa: PTH118, PTH110


def main(arguments: Any) -> None:  # a list of texts
    """Print what this Python is; the argument is a folder of packages that come before its own."""
    extra = arguments[0] if arguments else None
    told = {
        "version": list(sys.version_info[:3]),
        "markers": markers(),
        "distributions": distributions(),
        "extra": distributions([extra]) if extra else {},
        "is_managed": is_managed(),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
