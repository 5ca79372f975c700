"""The API's tests speak to a community through the whole application."""

from tests.http import noise, world

__all__ = ["noise", "world"]
