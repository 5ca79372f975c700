"""Contracts are tried on a community through the whole application."""

from tests.http import world

__all__ = ["world"]
