"""Subjects, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .keys import key_bytes

KINDS = ["poll", "reply", "announce", "bye"]


@dataclass
class Topic:
    """What a subject says; `tail` is all behind the gatherer."""

    kind: str
    gatherer: str
    signer: str
    tail: str


def prefix_of(subject: str) -> str | None:
    """What stands before the tokens of a form above. No subject has two forms at once."""
    tokens = subject.split(".")
    prefixes = [".".join(tokens[:-count]) for count in (3, 4, 5)]
    return next((prefix for prefix in prefixes if is_prefix(prefix) and read_subject(prefix, subject)), None)


def is_prefix(text: str) -> bool:
    return len(text) <= 100 and re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", text) is not None


def read_subject(prefix: str, subject: str) -> Topic | None:
    if not subject.startswith(prefix + "."):
        return None
    kind, _, rest = subject[len(prefix) + 1 :].partition(".")
    gatherer, _, tail = rest.partition(".")
    last = tail.rpartition(".")[2]
    if kind not in KINDS or key_bytes(gatherer) is None:
        return None
    if kind == "poll":
        return Topic(kind, gatherer, gatherer, tail) if is_addressee(tail) else None
    if kind == "reply":
        scope, poll = (tail.split(".") + ["", ""])[:2]
        plain = re.fullmatch(r"[^.]+\.[0-9a-f]{32}\.[^.]+", tail) and poll
        shaped = plain and is_scope(scope)
    else:
        shaped = tail == last
    return Topic(kind, gatherer, last, tail) if shaped and key_bytes(last) is not None else None


def is_addressee(tail: str) -> bool:
    form, _, rest = tail.partition(".")
    if form == "one":
        return key_bytes(rest) is not None
    return tail == "all" or (form == "shard" and is_shard(rest, "."))


def is_scope(text: str) -> bool:
    return text == "all" or is_shard(text, "-")


def is_shard(text: str, separator: str) -> bool:
    numbers = text.split(separator)
    if len(numbers) != 2 or not all(re.fullmatch(r"[1-9][0-9]{0,9}", number) for number in numbers):
        return False
    index, count = map(int, numbers)
    return index <= count < 2**32
