"""The pages' tests look at a community as people do."""

from tests.http import noise, world
from tests.unit.api.pages.reader import reader

__all__ = ["noise", "reader", "world"]
