#!/usr/bin/env python3
"""Checks the golden vectors beside it, today's and each release's, by PROTOCOL.md alone: a receiver in another
language than the crate's.

Needs the package `cryptography`, which checks ed25519 by OpenSSL. OpenSSL refuses an S beyond the order of the group
and an R that is not the encoding of SB - kA, as the protocol does, but takes keys that are not strong and an R of small
order; both are refused here by arithmetic on the curve, so no difference to a strict check is left.

Left out on purpose: the checks that need a memory (wrong_poll, stale, duplicate).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = Path(__file__).parent
FILES = ["good.json", "bad_seals.json", "bad_bodies.json"]


class Rejected(Exception):
    """A message is not taken; the first argument is the reason."""


class Malformed(Exception):
    """A body is not what its kind holds."""


# Keys


def key_bytes(text: str) -> bytes | None:
    """The 32 bytes of a key, if the text is one."""
    if not re.fullmatch(r"U[A-Z2-7]{55}", text):
        return None
    raw = base64.b32decode(text)
    if raw[0] != 0xA0 or crc16(raw[:33]) != int.from_bytes(raw[33:], "little"):
        return None
    return raw[1:33]


def key_text(public: bytes) -> str:
    raw = b"\xa0" + public
    return base64.b32encode(raw + crc16(raw).to_bytes(2, "little")).decode()


def crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


# The curve: x and y of -x^2 + y^2 = 1 + D x^2 y^2 modulo P

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1)
Point = tuple[int, int]


def decode_point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y, sign = number % 2**255 % P, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return (P - x if x % 2 != sign else x, y)


def add(a: Point, b: Point) -> Point:
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P)
    return (x % P, y % P)


def multiply(factor: int, point: Point) -> Point:
    result = NEUTRAL
    while factor:
        if factor % 2:
            result = add(result, point)
        point, factor = add(point, point), factor // 2
    return result


def is_small(point: Point) -> bool:
    return multiply(8, point) == NEUTRAL


@functools.cache
def is_strong(public: bytes) -> bool:
    point = decode_point(public)
    return point is not None and not is_small(point) and multiply(L, point) == NEUTRAL


def verifies(public: bytes, signature: bytes, signed: bytes) -> bool:
    """Strictly; `public` is strong."""
    r = decode_point(signature[:32])
    if r is None or is_small(r):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


# Subjects


@dataclass
class Topic:
    kind: str
    gatherer: str
    signer: str
    tail: str


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
        shaped = plain and (scope == "all" or is_shard(scope, "-"))
    else:
        shaped = tail == last
    return Topic(kind, gatherer, last, tail) if shaped and key_bytes(last) is not None else None


def is_addressee(tail: str) -> bool:
    form, _, rest = tail.partition(".")
    if form == "one":
        return key_bytes(rest) is not None
    return tail == "all" or (form == "shard" and is_shard(rest, "."))


def is_shard(text: str, separator: str) -> bool:
    numbers = text.split(separator)
    if len(numbers) != 2 or not all(re.fullmatch(r"[1-9][0-9]{0,9}", number) for number in numbers):
        return False
    index, count = map(int, numbers)
    return index <= count < 2**32


# JSON


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


# Types of fields. Each takes a JSON value and gives what it stands for.

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


def scope(value: Any) -> str | None:
    """Where a poll to one is answered. Nothing is written for `all`."""
    if ANY(value) != "all" and not is_shard(value, "-"):
        raise Malformed(f"{value!r} is no scope")
    return None if value == "all" else value


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
    """May be missing. An empty list is written as if it were."""

    def __init__(self, reader: Reader, default: Any) -> None:
        self.reader, self.default = reader, default


def fields(**readers: Reader | Optional | Defaulted) -> Reader:
    """An object with these fields; others are ignored."""

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


# Bodies

POLL = fields(
    gatherer=key,
    to=ANY,
    round=U64,
    id=ID,
    issued_ms=U64,
    ttl_ms=within(0, 600_000),
    deadline_ms=U64,
    splay_ms=U64,
    max_reply=U32,
    scope=Defaulted(scope, None),
    describe=Defaulted(listed(HASH, 64), []),
)
OUTCOME = known("ok", "cpu", "wall", "memory", "output", "exit", "trap", "error", "invalid", "refused", "delayed")
REPORT = fields(
    outcome=OUTCOME,
    message=Optional(MESSAGE),
    age_ms=Optional(U64),
    pace_ms=Optional(U64),
    digest=Optional(HASH),
    description=Optional(HASH),
)
SAMPLE = fields(
    sequence=U64,
    age_ms=U64,
    counters_age_ms=U64,
    counters=named(NAME, U64),
    stats=named(NAME, number),
    producers=Defaulted(named(PRODUCER, REPORT, 256), {}),
    descriptions=Defaulted(listed(text(32_768), 65_536), []),
)
REFUSAL = fields(reason=known("clock"), clock_ahead_ms=I64)


def answer(value: Any) -> dict[str, Any]:
    readers = {"sample": SAMPLE, "refusal": REFUSAL}
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= readers.keys():
        raise Malformed("no answer of one kind")
    return {kind: readers[kind](said) for kind, said in value.items()}


REPLY = fields(poll=HASH, instance=ID, nickname=NICKNAME, answer=answer)
ANNOUNCEMENT = fields(gatherer=key, instance=ID, nickname=NICKNAME, issued_ms=U64)
BYE = fields(gatherer=key, instance=ID, issued_ms=U64)
KINDS = {"poll": POLL, "reply": REPLY, "announce": ANNOUNCEMENT, "bye": BYE}


def read_body(kind: str, topic: Topic, body: bytes) -> dict[str, Any]:
    message = KINDS[kind](parse(body))
    agrees = kind == topic.kind and message.get("gatherer", topic.gatherer) == topic.gatherer
    if not agrees or (kind == "poll" and message["to"] != topic.tail):
        raise Malformed("not what the subject says")
    return message


# The envelope

HEADERS = ["Statsgrid-Version", "Statsgrid-Key", "Statsgrid-Signature"]


def signed_bytes(kind: str, body: bytes) -> bytes:
    return b"\xffstatsgrid.1." + kind.encode() + b"\0" + body


def open_message(kind: str, subject: str, headers: list[list[str]], body: bytes, receiver: dict[str, Any]) -> Any:
    """The message, or Rejected, by the checks in their order."""
    if len(body) > (65_536 if kind == "reply" else 8_192):
        raise Rejected("too_large")
    version, signer, signature = read_headers(headers)
    if version != "1":
        raise Rejected("unsupported_version")
    topic = read_subject(receiver["prefix"], subject)
    if topic is None or signer != topic.signer:
        raise Rejected("wrong_key")
    public = admit(topic, receiver)
    raw = signature_bytes(signature)
    if raw is None or not verifies(public, raw, signed_bytes(kind, body)):
        raise Rejected("bad_signature")
    try:
        return read_body(kind, topic, body)
    except Malformed as error:
        raise Rejected("malformed", error) from error


def read_headers(headers: list[list[str]]) -> list[str]:
    values = []
    for header in HEADERS:
        found = [(name, value) for name, value in headers if name.lower() == header.lower()]
        if len(found) != 1 or found[0][0] != header:
            raise Rejected("unsigned")
        values.append(found[0][1])
    return values


def admit(topic: Topic, receiver: dict[str, Any]) -> bytes:
    public = key_bytes(topic.signer)
    if topic.gatherer != receiver["gatherer"]:
        raise Rejected("other_gatherer")
    if topic.signer in receiver["revoked"]:
        raise Rejected("revoked")
    is_known = topic.signer == receiver["gatherer"] or topic.signer in receiver["known"]
    if public is None or not is_known or not is_strong(public):
        raise Rejected("unknown_provider")
    return public


def signature_bytes(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # Python reads spare bits over, so the one form is what it writes itself.
    return raw if len(raw) == 64 and base64.b64encode(raw).decode() == text else None


# The vectors


def check(vector: dict[str, Any], receiver: dict[str, Any]) -> str | None:
    """What is wrong, if something is."""
    kind, body = vector["kind"], vector["body"].encode()
    body = body.ljust(vector.get("pad_to", 0))
    if hashlib.sha256(signed_bytes(kind, body)).hexdigest() != vector["signed_sha256"]:
        return "signed_sha256 is another"
    try:
        message = open_message(kind, vector["subject"], vector["headers"], body, receiver)
    except Rejected as rejection:
        told, expected = rejection.args[0], vector.get("rejected", "that it opens")
        return None if told == expected else f"rejected as {rejection.args}, expected {expected}"
    # As text, since Python takes 5 and 5.0 for equal.
    told, expected = (json.dumps(said, sort_keys=True) for said in (message, vector.get("opens")))
    return None if told == expected else f"opened as {told}, expected {expected}"


def check_seal(vector: dict[str, Any], secrets: dict[str, Ed25519PrivateKey]) -> str | None:
    """A good message sealed again has the same signature."""
    values = dict(vector["headers"])
    body = vector["body"].encode().ljust(vector.get("pad_to", 0))
    signature = secrets[values["Statsgrid-Key"]].sign(signed_bytes(vector["kind"], body))
    return None if base64.b64encode(signature).decode() == values["Statsgrid-Signature"] else "sealed otherwise"


def secrets_of(names: list[str]) -> dict[str, Ed25519PrivateKey]:
    secrets = {}
    for name in names:
        seed = hashlib.sha256(f"statsgrid test vector {name}".encode()).digest()
        secret = Ed25519PrivateKey.from_private_bytes(seed)
        public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        secrets[key_text(public)] = secret
    return secrets


def check_edition(folder: Path) -> tuple[int, list[str]]:
    """How many vectors the folder holds, and what is wrong with some."""
    receiver = json.loads((folder / "receiver.json").read_text("utf-8"))
    secrets = secrets_of(list(receiver["seeds"]))
    count, faults = 0, []
    for file in FILES:
        for vector in json.loads((folder / file).read_text("utf-8")):
            count += 1
            fault = check(vector, receiver)
            if fault is None and "opens" in vector:
                fault = check_seal(vector, secrets)
            if fault is not None:
                faults.append(f"{folder / file}, {vector['name']}: {fault}")
    return count, faults


def main() -> int:
    editions = [check_edition(folder) for folder in [HERE, *sorted((HERE / "released").iterdir())]]
    count, faults = sum(count for count, _ in editions), [fault for _, faults in editions for fault in faults]
    print(*faults, f"{count} vectors, {len(faults)} faults", sep="\n")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
