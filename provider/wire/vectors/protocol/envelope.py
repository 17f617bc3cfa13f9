"""The seal of a message, and the checks in their order."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .bodies import read_body
from .curve import verifies
from .strict_json import Malformed
from .subjects import Topic, read_subject

HEADERS = ["Statsgrid-Version", "Statsgrid-Key", "Statsgrid-Signature"]


class Rejected(Exception):
    """A message is not taken; the first argument is the reason."""


@dataclass
class Message:
    """What comes; `kind` is what the receiver takes it for."""

    kind: str
    subject: str
    headers: list[tuple[str, str]]
    body: bytes


def open_message(message: Message, prefix: str, admit: Callable[[Topic], bytes]) -> dict[str, Any]:
    """The known fields of its body, or Rejected, by checks 1 to 8 in their order.

    Checks 5 and 6 are those of `admit`: it gives the strong key of the signer, or raises Rejected.
    """
    kind, body = message.kind, message.body
    if len(body) > (65_536 if kind == "reply" else 8_192):
        raise Rejected("too_large")
    version, signer, signature = read_headers(message.headers)
    if version != "1":
        raise Rejected("unsupported_version")
    topic = read_subject(prefix, message.subject)
    if topic is None or signer != topic.signer:
        raise Rejected("wrong_key")
    public = admit(topic)
    raw = signature_bytes(signature)
    if raw is None or not verifies(public, raw, signed_bytes(kind, body)):
        raise Rejected("bad_signature")
    try:
        return read_body(kind, topic, body)
    except Malformed as error:
        raise Rejected("malformed", error) from error


def signed_bytes(kind: str, body: bytes) -> bytes:
    return b"\xffstatsgrid.1." + kind.encode() + b"\0" + body


def read_headers(headers: list[tuple[str, str]]) -> list[str]:
    values = []
    for header in HEADERS:
        found = [(name, value) for name, value in headers if name.lower() == header.lower()]
        if len(found) != 1 or found[0][0] != header:
            raise Rejected("unsigned")
        values.append(found[0][1])
    return values


def signature_bytes(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # Python reads spare bits over, so the one form is what it writes itself.
    return raw if len(raw) == 64 and base64.b64encode(raw).decode() == text else None
