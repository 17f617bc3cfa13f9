"""Types of fields. Each is a function that takes a JSON value and gives what it stands for, or raises Malformed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .keys import key_bytes
from .strict_json import Malformed
from .subjects import is_scope

Reader = Callable[[Any], Any]


def within(least: int, most: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise Malformed(f"{value!r} is no integer from {least} to {most}")
        return value

    return read


U32, U64, I64 = within(0, 2**32 - 1), within(0, 2**64 - 1), within(-(2**63), 2**63 - 1)


def number(value: Any) -> int | float:
    return value if type(value) is float else I64(value)


def text(most: int, pattern: str = r".*") -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value.encode()) > most or not re.fullmatch(pattern, value, re.DOTALL):
            raise Malformed(f"{value!r} is no such text")
        return value

    return read

ANY = text(65_536)
# Unicode's category Cc is all of C0, DEL and C1.
PRINTED = r"[^\x00-\x1f\x7f-\x9f]"
HASH, ID = text(64, r"[0-9a-f]{64}"), text(32, r"[0-9a-f]{32}")
NICKNAME, MESSAGE = text(255, PRINTED + "+"), text(300, PRINTED + "*")
NAME = text(160, r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
PRODUCER = text(160, r"(?!(app|statsgrid)$)[A-Za-z0-9_-]+")


def key(value: Any) -> str:
    if not isinstance(value, str) or key_bytes(value) is None:
        raise Malformed(f"{value!r} is no key")
    return value


def scope(value: Any) -> str:
    if not isinstance(value, str) or not is_scope(value):
        raise Malformed(f"{value!r} is no scope")
    return value


def known(*words: str) -> Reader:
    def read(value: Any) -> str:
        return word if (word := ANY(value)) in words else "unknown"

    return read


def listed(reader: Reader, most: int) -> Reader:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise Malformed(f"no list of at most {most}")
        return [reader(item) for item in value]

    return read


def named(name: Reader, reader: Reader, most: int = 20_000) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > most:
            raise Malformed(f"no object of at most {most}")
        return {name(field): reader(item) for field, item in value.items()}

    return read


class Optional:
    """May be missing or null."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader


class Defaulted:
    """May be missing."""

    def __init__(self, reader: Reader, default: Any) -> None:
        self.reader, self.default = reader, default


def fields(**readers: Reader | Optional | Defaulted) -> Reader:
    """An object with these fields; others are ignored. What is null or an empty list is read as missing."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Malformed("no object")
        found = {name: read_field(value, name, reader) for name, reader in readers.items()}
        return {name: item for name, item in found.items() if item is not None and item != []}

    return read


def read_field(value: dict[str, Any], name: str, reader: Reader | Optional | Defaulted) -> Any:
    if isinstance(reader, Optional):
        return None if value.get(name) is None else reader.reader(value[name])
    if isinstance(reader, Defaulted):
        return reader.reader(value[name]) if name in value else reader.default
    if name not in value:
        raise Malformed(f"{name} is missing")
    return reader(value[name])
