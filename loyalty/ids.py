"""Ids: a prefix that says what it names, and 26 characters that sort as they were made.

`new` makes one for what happens here; `derived` names a thing of the outside world, so that saying it again gives the
same id without a look-up (an activity by its key, an identity by its platform, scope and id).
"""

from __future__ import annotations

import hashlib
import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]


def _encode(number: int) -> str:
    return "".join(_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10))


def new(prefix: str) -> str:
    """A fresh id such as `red_01k…`: 48 bits of milliseconds, then 80 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{_encode(milliseconds << 80 | int.from_bytes(os.urandom(10), 'big'))}"


def derived(prefix: str, salt: str, *parts: str) -> str:
    """The id that `parts` always have under `salt` (a community's own, so that ids of two communities never meet)."""
    text = "\x1f".join(parts)
    digest = hashlib.blake2b(text.encode(), digest_size=16, key=salt.encode()).digest()
    return f"{prefix}_{_encode(int.from_bytes(digest, 'big'))}"
