"""The body of each kind of message."""

from __future__ import annotations

from typing import Any

from .fields import (
    ANY,
    Defaulted,
    HASH,
    I64,
    ID,
    MESSAGE,
    NAME,
    NICKNAME,
    Optional,
    PRODUCER,
    U32,
    U64,
    fields,
    key,
    known,
    listed,
    named,
    number,
    scope,
    text,
    within,
)
from .strict_json import Malformed, parse
from .subjects import Topic

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
BODIES = {"poll": POLL, "reply": REPLY, "announce": ANNOUNCEMENT, "bye": BYE}


def read_body(kind: str, topic: Topic, body: bytes) -> dict[str, Any]:
    message = BODIES[kind](parse(body))
    agrees = kind == topic.kind and message.get("gatherer", topic.gatherer) == topic.gatherer
    if not agrees or (kind == "poll" and message["to"] != topic.tail):
        raise Malformed("not what the subject says")
    return message
