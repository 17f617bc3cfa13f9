"""Keys as text: the nkey of a NATS user."""

from __future__ import annotations

import base64
import re


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
