"""Strong keys and strict signatures.

OpenSSL, by the package `cryptography`, refuses an S beyond the order of the group and an R that is not the encoding of
SB - kA, as the protocol does, but takes keys that are not strong and an R of small order; both are refused here by
arithmetic on the curve, so no difference to a strict check is left.
"""

from __future__ import annotations

import functools

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# x and y of -x^2 + y^2 = 1 + D x^2 y^2 modulo P
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
