"""The transparency report: numbers, and never names."""

from __future__ import annotations

from tests.http import World, instant, noise, pointers, refusal, world

__all__ = ["noise", "world"]


def test_it_counts_cases_breaches_and_appeals_and_names_nobody(world: World, noise: World) -> None:
    world.publish()
    ada = world.enrol("ada")
    signals = {"pair": {"kinds": ["answer_accepted"], "more_than": 1, "days": 7}}
    assert world.put("/v1/community/fair-play", signals).status_code == 200
    world.earn(ada, 4)
    cases = world.get("/v1/cases").get_json()["data"]
    for case, outcome in zip(cases, ("gave", "refused"), strict=False):
        world.post(f"/v1/cases/{case['id']}/decide", {"outcome": outcome, "reason": "We looked."})
    breach = {"member": "ada", "guideline": "Be kind", "severity": "minor", "reason": "It was unkind."}
    found = [world.post("/v1/breaches", breach).get_json()["id"] for _ in range(2)]
    world.post(f"/v1/breaches/{found[0]}/lift", {"reason": "No."})
    world.post("/v1/appeals", {"member": "ada", "breach": found[1], "text": "Please."})

    answer = world.get("/v1/transparency", key="read")
    report = answer.get_json()
    assert report["cases"] == {"award": {"gave": 1, "refused": 1, "open": 1}, "appeal": {"open": 1}}
    assert report["breaches"] == {"minor": {"confirmed": 2, "lifted": 1}}
    assert report["median_seconds"].keys() == {"award"}
    assert ada not in answer.get_data(as_text=True)
    assert noise.get("/v1/transparency").get_json()["cases"] == {}
    later = world.get("/v1/transparency", query_string={"from": instant(-3_600), "to": instant(-1_800)}).get_json()
    assert (later["cases"], later["breaches"]) == ({}, {})


def test_a_time_that_ends_before_it_begins_is_pointed_at(world: World) -> None:
    refused = world.get("/v1/transparency", query_string={"from": instant(0), "to": instant(-60)})
    assert refusal(refused) == (422, "invalid")
    assert pointers(refused) == {"/from"}
