"""The errors of the engine: what a user can act on, each a sentence that is shown as it is."""

from __future__ import annotations


class RiversError(Exception):
    """Root of the errors that are shown to a user as they are; anything else is a bug."""


class AssetDefinitionError(RiversError):
    """An asset, task, graph or resource was declared in a way that cannot work."""


class AssetNotFoundError(RiversError):
    """An asset was named that the code repository does not hold."""


class NodeNotFoundError(RiversError):
    """A step of a graph asset, or a value to load, was named that does not exist."""


class ConfigurationError(RiversError):
    """A setting, a config override or a request for a backfill cannot be accepted."""


class GraphValidationError(RiversError):
    """The assets of a repository do not fit together; `problems` holds one sentence for each fault."""

    def __init__(self, problems: str | list[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class PartitionDefinitionError(RiversError):
    """A partitions definition or a partition mapping is not possible."""


class PartitionValidationError(RiversError):
    """A partition key or range does not belong to its partitions definition."""


class ExecutionError(RiversError):
    """A run, a step or a call on its context could not be carried out."""


class MissingValueError(ExecutionError):
    """A value that a step needs was never stored; the message names its asset and partition key."""


class StorageError(RiversError):
    """The database or the outputs cannot be opened, read or written."""


class ProjectError(RiversError):
    """A project folder or file is missing or cannot be understood."""


class CodeLocationError(RiversError):
    """User code failed to load; `details` is its traceback with file and line, for those who ask.

    `missing` is the name of a module that it imports and that is not installed; `python_failed` says that the Python
    of the project is at fault and not its code.
    """

    def __init__(self, message: str, details: str = "", *, missing: str = "", python_failed: bool = False) -> None:
        super().__init__(message)
        self.details = details
        self.missing = missing
        self.python_failed = python_failed


class PythonProblemError(RiversError):
    """A Python cannot run assets; `details` is what it printed."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class InstallationError(RiversError):
    """Packages could not be installed; `details` is what pip said."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class InstallationCanceledError(InstallationError):
    """Somebody broke the installation off."""


class OutdatedPlanError(RiversError):
    """States or code changed since the plan was shown; it must be made and looked at again."""


class CodeChangedError(RiversError):
    """The code is not what a backfill was planned for; going on with the new code has to be agreed to."""


class UnknownBackfillError(RiversError):
    """A backfill or run was named that the database does not hold."""
