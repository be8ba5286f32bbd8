"""Where an output lies: a path that an analyst can read, and from which its partition key can be read back."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rivers_core.partitions.definitions import PartitionsDefinition

# What every file system takes as it is, in the middle of a name.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+@ ()-]*(?<![. ])", re.ASCII)
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+@ ()-")
_ESCAPED = re.compile(r"((?:%[0-9A-F]{2})+)")
# Names that Windows keeps for devices, whatever follows the first dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_LONGEST_NAME = 200  # bytes; most file systems take 255, and a suffix comes after it
_PIECE = 50  # characters of at most 4 bytes each
_GOES_ON = "%-"  # ends every piece but the last of a name that is too long for one


@lru_cache(maxsize=65_536)
def escaped(text: str) -> str:
    """A key's value or an asset's name as (relative) path: special characters as %XX, long ones in pieces."""
    if len(text) <= _LONGEST_NAME and _PLAIN.fullmatch(text) and not _DEVICES.match(text):
        return text
    is_normal = unicodedata.is_normalized("NFC", text)
    characters = [_escaped_character(character, keep_letters=is_normal) for character in text]
    if characters[0] in ("_", ".", " ") or _DEVICES.match(text):
        characters[0] = _percent(text[0])
    if characters[-1] in (".", " "):
        characters[-1] = _percent(text[-1])
    name = "".join(characters)
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    pieces = [name[at : at + _PIECE] for at in range(0, len(name), _PIECE)]
    return f"{_GOES_ON}/".join(_shielded(piece) for piece in pieces)


def _escaped_character(character: str, *, keep_letters: bool) -> str:
    if character in _SAFE or (keep_letters and not character.isascii() and character.isalnum()):
        return character
    return _percent(character)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _shielded(piece: str) -> str:
    """A piece of a long name that neither begins nor ends like a name that means something else."""
    if piece[0] in "_. ":
        piece = _percent(piece[0]) + piece[1:]
    return piece


def unescaped(path: str) -> str:
    """What `escaped` was given."""
    joined = path.replace(f"{_GOES_ON}/", "")
    return _ESCAPED.sub(lambda match: bytes.fromhex(match[1].replace("%", "")).decode(), joined)


def key_path(definition: PartitionsDefinition, ordinal: int) -> str:
    """The path of a partition below its asset, without suffix: `2013-01-15`, `date=2013-01-15/origin=JFK`."""
    if not definition.is_multi:
        return escaped(definition.label_at(ordinal))
    positions = definition.unravel(ordinal)
    return "/".join(
        f"{escaped(name)}={escaped(part.label_at(position))}"
        for (name, part), position in zip(definition.dimensions, positions, strict=True)
    )


def written_key(definition: PartitionsDefinition, path: str) -> str | None:
    """The written key whose `key_path` this is; None for a path that is no partition's."""
    if not definition.is_multi:
        return unescaped(path)
    parts: list[str] = []
    rest = path
    for name, _ in definition.dimensions:
        prefix = f"{escaped(name)}="
        if not rest.startswith(prefix):
            return None
        value, rest = _first_name(rest.removeprefix(prefix))
        parts.append(f"{name}={unescaped(value)}")
    return "|".join(parts) if not rest else None


def _first_name(path: str) -> tuple[str, str]:
    """A path parted after its first name, all pieces of it."""
    end = path.find("/")
    while end >= 0 and path[:end].endswith(_GOES_ON):
        end = path.find("/", end + 1)
    return (path, "") if end < 0 else (path[:end], path[end + 1 :])
