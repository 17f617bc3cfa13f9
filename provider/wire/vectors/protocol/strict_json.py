"""JSON under the rules for bodies: what Python's own reader takes beside them is refused."""

from __future__ import annotations

import json
import math
import re
from typing import Any


class Malformed(Exception):
    """A body is not what its kind holds."""


def parse(body: bytes) -> Any:
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=without_twins,
            parse_int=integer,
            parse_float=double,
            parse_constant=no_number,
        )
    except (ValueError, OverflowError, RecursionError) as error:
        raise Malformed(str(error)) from error
    check_tree(value)
    return value


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed("a key stands twice")
    return fields


def integer(text: str) -> int | float:
    if text == "-0":
        return -0.0
    number = int(text)
    float(number)  # raises if no double is that large
    return number


def double(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Malformed("no double is that large")
    return number


def no_number(text: str) -> None:
    raise Malformed(f"{text} is no JSON")


def check_tree(value: Any) -> None:
    """At most 127 deep, and no half of a surrogate pair in it."""
    level, depth = [value], 0
    while level:
        depth += any(isinstance(item, (dict, list)) for item in level)
        if depth > 127:
            raise Malformed("nested too deep")
        inner: list[Any] = []
        for item in level:
            if isinstance(item, str) and re.search("[\ud800-\udfff]", item):
                raise Malformed("half a surrogate pair")
            if isinstance(item, dict):
                inner += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                inner += item
        level = inner
