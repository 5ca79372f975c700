"""What people looked at, as the pages tell it: the member their own, everybody the numbers."""

from __future__ import annotations

from tests.http import World, noise, world
from tests.unit.api.pages.reader import Reader, reader

__all__ = ["noise", "reader", "world"]


def test_a_member_reads_what_is_held_and_what_was_decided(world: World, reader: Reader) -> None:
    world.publish()
    ada = world.enrol("ada")
    signals = {"pair": {"kinds": ["answer_accepted"], "more_than": 1, "days": 7}}
    world.put("/v1/community/fair-play", signals)
    assert "Kept fair" not in reader.read("/c/garden")
    world.earn(ada, 2)
    reader.open_with(world.post("/v1/members/ada/tokens", {}).get_json()["token"])

    assert "Held for a look" in reader.read("/c/garden/members/me")
    assert "looked at by a person" not in reader.read("/c/garden")
    assert "Ditahan untuk semakan" in reader.read("/c/garden/members/me", "ms")
    (case,) = world.get("/v1/cases").get_json()["data"]
    world.post(f"/v1/cases/{case['id']}/decide", {"outcome": "refused", "reason": "You two met too often."})

    page = reader.read("/c/garden/members/me")
    assert "Decided: the award does not count." in page
    assert "You two met too often." in page
    page = reader.read("/c/garden")
    assert "1 case was looked at by a person." in page
    assert "Half of the answers came within" in page
    assert "1 kes disemak oleh seseorang." in reader.read("/c/garden", "ms")
