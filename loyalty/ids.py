"""Ids: a prefix that says what it names, and 26 characters that sort as they were made.

`new` makes one for what happens here; `derived` names a thing of the outside world, so that saying it again gives the
same id without a look-up (an activity by its key, an identity by its platform, scope and id).
"""

from __future__ import annotations

import hashlib
import os
import time

# Crockford's base 32 (no i, l, o, u), whose letters sort as the bits do; two letters for every ten bits.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_SHIFTS = range(120, -1, -10)


def _encode(prefix: str, sixteen: bytes) -> str:
    bits = int.from_bytes(sixteen, "big") << 2
    return f"{prefix}_{''.join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])}"


def new(prefix: str) -> str:
    """A fresh id such as `red_01k…`: 48 bits of milliseconds, then 80 random bits."""
    return _encode(prefix, (time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))


def derived(prefix: str, salt: str, *parts: str) -> str:
    """The id that `parts` always have under `salt` (a community's own, so that ids of two communities never meet)."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16, key=salt.encode())
    return _encode(prefix, digest.digest())
