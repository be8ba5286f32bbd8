"""Cuts a stream of bytes between two processes into messages: JSON values, each after its length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

# Worker and engine may run different versions of Python, so nothing but JSON passes between them. A message
# is a list whose first element says what it is; the rest has whatever type that asks for.
Message: TypeAlias = list[Any]

LENGTH_BYTES = 4
LONGEST = 1 << 30  # bytes; a longer message means that something else wrote into the stream

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


class GarbledStreamError(Exception):
    """What arrived is no message."""


def pack(message: Message) -> bytes:
    """The bytes of a message; values that JSON cannot hold are written as their text."""
    body = _encode(message).encode("utf-8", "surrogatepass")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Unpacker:
    """Collects bytes as they arrive and gives the messages that are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """The messages that `chunk` completes, in order; raises GarbledStreamError."""
        buffer = self._buffer
        buffer += chunk
        at = 0
        try:
            while len(buffer) - at >= LENGTH_BYTES:
                length = int.from_bytes(buffer[at : at + LENGTH_BYTES], "big")
                if length > LONGEST:
                    raise GarbledStreamError(f"a message of {length} bytes was announced")
                end = at + LENGTH_BYTES + length
                if len(buffer) < end:
                    return
                body = buffer[at + LENGTH_BYTES : end]
                at = end
                yield _parse(body)
        finally:
            del buffer[:at]


def _parse(body: bytearray) -> Message:
    try:
        message = json.loads(body.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise GarbledStreamError(str(error)) from error
    if not isinstance(message, list) or not message:
        raise GarbledStreamError("a message is a list that is not empty")
    return message
