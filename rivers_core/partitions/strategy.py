"""How a backfill groups its partitions into runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rivers_core.exceptions import ConfigurationError
from rivers_core.partitions.definitions import PartitionsDefinition
from rivers_core.partitions.forms import form

MULTI_RUN = "multi_run"
SINGLE_RUN = "single_run"
PER_DIMENSION = "per_dimension"


@dataclass(frozen=True, slots=True)
class BackfillStrategy:
    """One run a partition ("multi_run"), one for all ("single_run"), or a choice for every dimension.

    Of "per_dimension", `multi_run_dimensions` are spread over runs and `single_run_dimensions` batched in each.
    """

    kind: str
    multi_run_dimensions: tuple[str, ...] = ()
    single_run_dimensions: tuple[str, ...] = ()

    MultiRun: ClassVar[type]
    SingleRun: ClassVar[type]
    PerDimension: ClassVar[type]

    @classmethod
    def multi_run(cls) -> BackfillStrategy:
        """A run for every partition."""
        return cls(MULTI_RUN)

    @classmethod
    def single_run(cls) -> BackfillStrategy:
        """One run for all partitions."""
        return cls(SINGLE_RUN)

    @classmethod
    def per_dimension(cls, multi_run: Sequence[str] = (), single_run: Sequence[str] = ()) -> BackfillStrategy:
        """A run for every combination of the `multi_run` dimensions, each with all of the `single_run` ones."""
        for dimensions in (multi_run, single_run):
            if isinstance(dimensions, str):
                raise ConfigurationError(
                    f"per_dimension takes lists of dimensions; write [{dimensions!r}] instead of {dimensions!r}."
                )
        return cls(PER_DIMENSION, tuple(multi_run), tuple(single_run))

    @property
    def multi_run_dims(self) -> list[str]:
        """`multi_run_dimensions` as rivers calls them."""
        return list(self.multi_run_dimensions)

    @property
    def single_run_dims(self) -> list[str]:
        """`single_run_dimensions` as rivers calls them."""
        return list(self.single_run_dimensions)

    @property
    def is_per_dimension(self) -> bool:
        return self.kind == PER_DIMENSION

    def batched_dimensions(self, definition: PartitionsDefinition) -> tuple[int, ...]:
        """Positions of the dimensions whose keys share a run; a run is batched when there is one."""
        if self.kind == MULTI_RUN:
            return ()
        return tuple(
            at
            for at, (name, _) in enumerate(definition.dimensions)
            if self.kind == SINGLE_RUN or name in self.single_run_dimensions
        )

    def validate_for(self, definition: PartitionsDefinition) -> None:
        """Raise ConfigurationError when the named dimensions are not exactly those of the definition."""
        if not self.is_per_dimension:
            return
        if not definition.is_multi:
            raise ConfigurationError(
                "The strategy per_dimension needs partitions with dimensions, and these have none; "
                "use multi_run or single_run."
            )
        real = [name for name, _ in definition.dimensions]
        named = self.multi_run_dimensions + self.single_run_dimensions
        faults = [
            _fault("unknown", [name for name in named if name not in real], f"there are {', '.join(real)}"),
            _fault("named twice", [name for name in named if named.count(name) > 1], "name each once"),
            _fault(
                "named nowhere",
                [name for name in real if name not in named],
                "put each into multi_run or single_run",
            ),
        ]
        if found := [fault for fault in faults if fault]:
            raise ConfigurationError("The strategy per_dimension does not fit: " + "; ".join(found) + ".")

    def to_spec(self) -> dict[str, Any]:
        """The strategy as JSON-able values."""
        if not self.is_per_dimension:
            return {"kind": self.kind}
        return {
            "kind": self.kind,
            "multi_run": list(self.multi_run_dimensions),
            "single_run": list(self.single_run_dimensions),
        }

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> BackfillStrategy:
        """The strategy `to_spec` described; raises ConfigurationError for one of no known kind."""
        if spec.get("kind") not in (MULTI_RUN, SINGLE_RUN, PER_DIMENSION):
            raise ConfigurationError(
                f"There is no backfill strategy {spec.get('kind')!r}; "
                f"there are {MULTI_RUN}, {SINGLE_RUN} and {PER_DIMENSION}."
            )
        return cls(spec["kind"], tuple(spec.get("multi_run", ())), tuple(spec.get("single_run", ())))

    def __repr__(self) -> str:
        if not self.is_per_dimension:
            return f"BackfillStrategy.{self.kind}()"
        multi, single = list(self.multi_run_dimensions), list(self.single_run_dimensions)
        return f"BackfillStrategy.per_dimension(multi_run={multi!r}, single_run={single!r})"


def _form(name: str, kind: str) -> type:
    return form(
        f"BackfillStrategy.{name}",
        f"BackfillStrategy.{kind}",
        lambda one: isinstance(one, BackfillStrategy) and one.kind == kind,
    )


BackfillStrategy.MultiRun = _form("MultiRun", MULTI_RUN)
BackfillStrategy.SingleRun = _form("SingleRun", SINGLE_RUN)
BackfillStrategy.PerDimension = _form("PerDimension", PER_DIMENSION)


def _fault(what: str, names: Sequence[str], remedy: str) -> str:
    if not names:
        return ""
    unique = list(dict.fromkeys(names))
    noun = "dimension" if len(unique) == 1 else "dimensions"
    return f"the {noun} {', '.join(unique)} {'is' if len(unique) == 1 else 'are'} {what} ({remedy})"
