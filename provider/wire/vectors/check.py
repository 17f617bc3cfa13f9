#!/usr/bin/env python3
"""Checks the golden vectors beside it, today's and each release's, by PROTOCOL.md alone: a receiver in another
language than the crate's.

The receiver is in protocol/, which tests/tools/check-journal uses too. It needs the package `cryptography`.

Left out on purpose: the checks that need a memory (wrong_poll, stale, duplicate).
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# Nothing is written beside the sources.
sys.dont_write_bytecode = True

from protocol.curve import is_strong
from protocol.envelope import Message, Rejected, open_message, signed_bytes
from protocol.keys import key_bytes, key_text
from protocol.subjects import Topic

HERE = Path(__file__).parent
FILES = ["good.json", "bad_seals.json", "bad_bodies.json"]


def main() -> int:
    editions = [check_edition(folder) for folder in [HERE, *sorted((HERE / "released").iterdir())]]
    count, faults = sum(count for count, _ in editions), [fault for _, faults in editions for fault in faults]
    print(*faults, f"{count} vectors, {len(faults)} faults", sep="\n")
    return 1 if faults or count == 0 else 0


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


def check(vector: dict[str, Any], receiver: dict[str, Any]) -> str | None:
    """What is wrong, if something is."""
    kind, body = vector["kind"], vector["body"].encode()
    body = body.ljust(vector.get("pad_to", 0))
    if hashlib.sha256(signed_bytes(kind, body)).hexdigest() != vector["signed_sha256"]:
        return "signed_sha256 is another"
    heard = Message(kind, vector["subject"], [(name, value) for name, value in vector["headers"]], body)
    try:
        message = open_message(heard, receiver["prefix"], lambda topic: admit(topic, receiver))
    except Rejected as rejection:
        told, expected = rejection.args[0], vector.get("rejected", "that it opens")
        return None if told == expected else f"rejected as {rejection.args}, expected {expected}"
    # As text, since Python takes 5 and 5.0 for equal.
    told, expected = (json.dumps(said, sort_keys=True) for said in (message, vector.get("opens")))
    return None if told == expected else f"opened as {told}, expected {expected}"


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


if __name__ == "__main__":
    sys.exit(main())
