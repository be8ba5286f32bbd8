"""The end of a sentence about an unknown name that offers those which may have been meant."""

from __future__ import annotations

from collections.abc import Iterable

# Comparing with more names than this takes longer than a person waits.
_COMPARED = 5_000


def close_to(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'x' or 'y'?)`, or nothing where no known name is close."""
    from difflib import get_close_matches

    candidates = [one for one, _ in zip(known, range(_COMPARED), strict=False)]
    close = get_close_matches(name, candidates, n=2)
    return f" (did you mean {' or '.join(repr(one) for one in close)}?)" if close else ""
