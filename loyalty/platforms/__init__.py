"""The platforms that can be connected, a module or a folder each: is it them, which request is this, what does it say.

A platform is a module with the functions of `Platform`, a row in `PLATFORMS`, and its fixtures. Whatever bytes and
headers come in, `verify` and `delivery_id` answer and `read` answers or raises `Unreadable`. Bodies are read as plain
dictionaries in which everything is optional: platforms add, drop and rename fields without a word, and strict types
would refuse real people. Nothing here touches the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from loyalty.platforms import discourse, generic, telegram
from loyalty.platforms.reading import Context, Option, Reading, Signature


class Platform(Protocol):
    """What a platform's module offers. Header names are in lower case."""

    @property
    def HEADERS(self) -> Sequence[str]:  # noqa: N802  # a constant of the module
        """The headers that a delivery is kept with, for `read`; never one that carries a secret."""

    @property
    def SIGNATURE(self) -> Signature:  # noqa: N802  # a constant of the module
        """What `verify` looks at."""

    @property
    def OPTIONS(self) -> Mapping[str, Option]:  # noqa: N802  # a constant of the module
        """What an admin may set about a source of this platform."""

    def new_secret(self) -> str:
        """A fresh secret in the form that the platform takes."""

    def verify(self, secrets: Sequence[str], headers: Mapping[str, str], raw: bytes, now: int) -> bool:
        """Whether whoever knows one of the secrets sent these bytes."""

    def delivery_id(self, headers: Mapping[str, str], raw: bytes) -> str:
        """The platform's name for this request, the same on each retry; at most 200 bytes."""

    def read(self, headers: Mapping[str, str], raw: bytes, context: Context) -> Reading:
        """What it says; nothing, when it is of no interest here. Raises `Unreadable`."""


PLATFORMS: Mapping[str, Platform] = {"generic": generic, "telegram": telegram, "discourse": discourse}
