"""Which zones people may choose."""

from __future__ import annotations

import pytest

from loyalty import zones
from loyalty.errors import Invalid


@pytest.mark.parametrize("name", ["Asia/Kuala_Lumpur", "UTC", "Pacific/Apia"])
def test_a_zone_of_the_iana_database_may_be_chosen(name: str) -> None:
    zones.check(name)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "localtime", "../localtime", "asia/kuala_lumpur"])
def test_what_is_no_zone_or_another_one_on_every_machine_may_not(name: str) -> None:
    with pytest.raises(Invalid):
        zones.check(name)
