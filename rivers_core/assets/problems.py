"""Collects a sentence for everything that does not fit in a repository, so that all are shown together."""

from __future__ import annotations

from rivers_core.assets.asset import Asset


class Problems:
    """Sentences in the order they were found, each once."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def fault(self, asset: Asset, what: str) -> None:
        """Note `what` of an asset: the rest of a sentence that begins with its name and line, without the stop."""
        sentence = f"The asset {asset.name!r} ({asset.source}) {what}."
        if sentence not in self.sentences:
            self.sentences.append(sentence)
