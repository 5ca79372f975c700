"""The API's tests speak to a community through the whole application, a little after noon."""

from __future__ import annotations

import pytest

from tests.http import noise, world

__all__ = ["noise", "world"]


@pytest.fixture(autouse=True)
def _at_noon(noon: None) -> None:
    """Each of them."""
