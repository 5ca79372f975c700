"""The generic door: a Standard Webhooks signature, checked with the reference, around our own JSON or CloudEvents."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from loyalty import clock
from loyalty.activities import Identity, MemberId, Reference
from loyalty.errors import Invalid
from loyalty.platforms import generic
from loyalty.platforms.reading import Context, Reading, Unreadable
from loyalty.said import read_activity
from rules_engine.fields import KINDS

SHARED = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "cloudevents"
SOURCE = "src_00000000000000000000000000"
NOW = 1_795_000_000 * clock.SECOND
CONTEXT = Context(SOURCE, NOW, KINDS)
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
BODY = {
    "kind": "answer_accepted",
    "activity_key": "solved:31703",
    "actor": {"platform": "discourse", "scope": "forum.example.org", "id": "1605"},
    "beneficiary": "discourse:forum.example.org:8141",
    "object": {"kind": "post", "id": "127593", "tags": ["support"]},
    "occurred_at": "2026-11-18T17:00:00+08:00",
    "data": {"votes": 3},
}
EVENT = {
    "specversion": "1.0",
    "id": "A-1",
    "source": "/bot",
    "type": "io.setia.activity.kudos_given.v1",
    "subject": "chat:team%3A1:ada",
    "time": "2026-11-18T09:00:00Z",
    "data": {"beneficiary": "chat:team%3A1:ben", "data": {"value": "kind"}},
}


def signed(raw: bytes, secret: str = SECRET, at: int = NOW, name: str = "msg_1") -> dict[str, str]:
    moment = datetime.fromtimestamp(at // clock.SECOND, UTC)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at // clock.SECOND),
        "webhook-signature": Webhook(secret).sign(name, moment, raw.decode()),
    }


def read(body: object, **headers: str) -> Reading:
    return generic.read({name.replace("_", "-"): value for name, value in headers.items()}, dumped(body), CONTEXT)


def dumped(body: object) -> bytes:
    return json.dumps(body).encode()


class TestSignature:
    def test_what_the_reference_implementation_signs_is_taken(self) -> None:
        raw = dumped(BODY)

        assert generic.verify([SECRET], signed(raw), raw, NOW)
        assert generic.verify(["other", SECRET], signed(raw), raw, NOW)

    def test_any_of_several_signatures_will_do_and_other_versions_are_ignored(self) -> None:
        raw = dumped(BODY)
        headers = signed(raw)
        right = headers["webhook-signature"]
        headers["webhook-signature"] = f"v1a,{right[3:]} {signed(raw, OLD_SECRET)['webhook-signature']} {right}"

        assert generic.verify([SECRET], headers, raw, NOW)

        headers["webhook-signature"] = f"v1a,{right[3:]}"
        assert not generic.verify([SECRET], headers, raw, NOW)

    @pytest.mark.parametrize("offset", [-301, 301])
    def test_a_request_from_another_time_is_refused(self, offset: int) -> None:
        raw = dumped(BODY)

        assert not generic.verify([SECRET], signed(raw, at=NOW + offset * clock.SECOND), raw, NOW)
        assert generic.verify([SECRET], signed(raw, at=NOW + (offset - offset // 300) * clock.SECOND), raw, NOW)

    @pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    def test_the_signature_covers_id_time_and_body(self, part: str) -> None:
        raw = dumped(BODY)
        headers = signed(raw)

        assert not generic.verify([SECRET], headers, raw + b" ", NOW)
        assert not generic.verify([SECRET], {**headers, part: headers[part] + "1"}, raw, NOW)
        assert not generic.verify([SECRET], {name: headers[name] for name in headers if name != part}, raw, NOW)

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_é", "\ud800"])
    def test_a_text_that_is_no_secret_verifies_nothing(self, secret: str) -> None:
        raw = dumped(BODY)

        assert not generic.verify([secret], signed(raw), raw, NOW)

    @given(st.text(), st.text(), st.text(), st.binary())
    def test_no_header_makes_it_raise(self, name: str, at: str, signature: str, raw: bytes) -> None:
        headers = {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": signature}

        assert not generic.verify([SECRET], headers, raw, NOW)
        assert len(generic.delivery_id(headers, raw).encode("utf-8", "replace")) <= 200

    @pytest.mark.parametrize("signature", ["garbage", "v1,!!!", "v1,é", "v1,", "v1", ",", "v1," * 5_000, "v1,\ud800"])
    def test_hostile_signatures_are_refused(self, signature: str) -> None:
        raw = dumped(BODY)

        assert not generic.verify([SECRET], {**signed(raw), "webhook-signature": signature}, raw, NOW)

    @pytest.mark.parametrize("at", ["", "abc", "-1", "1e9", "٣", "9" * 400, "1795000000.0", " 1795000000"])
    def test_hostile_times_are_refused(self, at: str) -> None:
        raw = dumped(BODY)

        assert not generic.verify([SECRET], {**signed(raw), "webhook-timestamp": at}, raw, NOW)


class TestOurOwnJson:
    def test_the_body_of_the_api_is_an_activity_whose_key_is_the_sources(self) -> None:
        (activity,) = read(BODY).activities

        assert activity.key == f"{SOURCE}:solved:31703"
        assert activity.kind == "answer_accepted"
        assert activity.actor == Identity("discourse", "forum.example.org", "1605")
        assert activity.beneficiary == Identity("discourse", "forum.example.org", "8141")
        assert activity.platform == "discourse"
        assert clock.to_rfc3339(activity.at) == "2026-11-18T09:00:00Z"
        assert activity.data == {"votes": 3}

    def test_a_list_takes_the_good_and_names_the_bad(self) -> None:
        reading = read([BODY, {**BODY, "kind": "answer_acepted"}, 7, {**BODY, "activity_key": "b"}])

        assert [activity.key for activity in reading.activities] == [f"{SOURCE}:solved:31703", f"{SOURCE}:b"]
        assert [(one.pointer, one.detail[:34]) for one in reading.problems] == [
            ("/1/kind", "no such kind of activity; did you "),
            ("/2", "an activity is a JSON object"),
        ]

    def test_without_an_instant_it_occurred_when_it_came_in(self) -> None:
        (activity,) = read({name: BODY[name] for name in BODY if name != "occurred_at"}).activities

        assert activity.at == NOW

    def test_more_than_a_thousand_at_once_are_refused(self) -> None:
        with pytest.raises(Unreadable):
            read([BODY] * 1_001)

    @pytest.mark.parametrize("raw", [b"", b"\xff", b"{", b"NaN", b"[" * 100_000, b'{"a":' * 100_000])
    def test_bytes_that_are_no_json_are_unreadable(self, raw: bytes) -> None:
        with pytest.raises(Unreadable):
            generic.read({}, raw, CONTEXT)


class TestCloudEvents:
    STRUCTURED = "application/cloudevents+json; charset=utf-8"

    def test_a_structured_event_is_an_activity(self) -> None:
        (activity,) = read(EVENT, content_type=self.STRUCTURED).activities

        assert activity.kind == "kudos_given"
        assert activity.key == f"{SOURCE}:/bot#A-1"
        assert activity.actor == Identity("chat", "team:1", "ada")
        assert activity.beneficiary == Identity("chat", "team:1", "ben")
        assert activity.data == {"value": "kind"}

    def test_a_null_attribute_is_an_absent_one(self) -> None:
        event = {**EVENT, "time": None, "subject": None, "data": {"actor": "chat::ada"}}

        (activity,) = read(event, content_type=self.STRUCTURED).activities

        assert activity.at == NOW
        assert activity.actor == Identity("chat", "", "ada")

    def test_data_without_an_activitys_fields_is_the_activitys_data(self) -> None:
        (activity,) = read({**EVENT, "data": {"value": "brave"}}, content_type=self.STRUCTURED).activities

        assert activity.data == {"value": "brave"}

    def test_a_batch_may_be_empty_and_holds_events_of_any_kind(self) -> None:
        media_type = "application/cloudevents-batch+json"
        other = {**EVENT, "type": "com.example.something"}

        unread = "com.example.something is not read; Setia reads CloudEvents of the type io.setia.activity.<kind>.v1"
        assert read([], content_type=media_type) == Reading(reason="the list in it is empty")
        assert read([other], content_type=media_type) == Reading(reason=unread)
        assert len(read([EVENT, other, {**EVENT, "id": "A-2"}], content_type=media_type).activities) == 2

    def test_a_binary_event_has_its_attributes_in_percent_encoded_headers(self) -> None:
        headers = {
            "ce-specversion": "1.0",
            "ce-id": "A%201",
            "ce-source": "/b%C3%B4t",
            "ce-type": EVENT["type"],
            "ce-subject": "chat:team%253A1:ada",
            "content-type": "application/json",
        }

        (activity,) = generic.read(headers, dumped({"value": "kind"}), CONTEXT).activities

        assert activity.key == f"{SOURCE}:/bôt#A 1"
        assert activity.actor == Identity("chat", "team:1", "ada")
        with pytest.raises(Unreadable):
            generic.read({**headers, "ce-id": "%ff"}, b"{}", CONTEXT)

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"specversion": "0.3"}, "/specversion"),
            ({"id": ""}, "/id"),
            ({"source": 7}, "/source"),
            ({"type": None}, "/type"),
            ({"data": [1]}, "/data"),
            ({"time": "yesterday"}, "/occurred_at"),
            ({"type": "io.setia.activity.kudo_given.v1"}, "/kind"),
        ],
    )
    def test_what_is_wrong_with_an_event_is_named(self, change: dict[str, Any], pointer: str) -> None:
        reading = read({**EVENT, **change}, content_type=self.STRUCTURED)

        assert reading.activities == []
        assert [one.pointer for one in reading.problems] == [pointer]

    @pytest.mark.parametrize("name", ["structured", "binary"])
    def test_the_specifications_own_examples_are_read_and_are_no_activities(self, name: str) -> None:
        if not SHARED.is_dir():
            pytest.skip("no folder of sample bodies beside the project")  # they are not ours to give away
        headers = json.loads((SHARED / f"{name}.headers.json").read_text())
        raw = (SHARED / f"{name}.json").read_bytes()

        reading = generic.read({key.lower(): value for key, value in headers.items()}, raw, CONTEXT)
        assert (reading.activities, reading.problems) == ([], [])
        assert "is not read; Setia reads CloudEvents of the type" in (reading.reason or "")


class TestReadingAnActivity:
    def test_people_are_identities_members_or_references(self) -> None:
        member = "mem_01h2xcejqtf2nbrexx3vqjhp41"
        texts = {
            member: MemberId(member),
            "author_of:x:y:1": Reference("author_of:x:y:1"),
            "a:b%3Ac:d": Identity("a", "b:c", "d"),
        }

        for text, party in texts.items():
            assert read_activity({**BODY, "actor": text}, KINDS, NOW).actor == party

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"kind": None}, "/kind"),
            ({"kind": ["post_created"]}, "/kind"),
            ({"kind": "role_given"}, "/kind"),
            ({"activity_key": ""}, "/activity_key"),
            ({"activity_key": "字" * 67}, "/activity_key"),
            ({"activity_key": "a\u0000b"}, "/activity_key"),
            ({"activity_key": "\ud800"}, "/activity_key"),
            ({"op": "undo"}, "/op"),
            ({"state_version": True}, "/state_version"),
            ({"state_version": 1.5}, "/state_version"),
            ({"state_version": 2**54}, "/state_version"),
            ({"state_version": -1}, "/state_version"),
            ({"occurred_at": "2026-11-18T17:00:00"}, "/occurred_at"),
            ({"occurred_at": 1795000000}, "/occurred_at"),
            ({"occurred_at": "2026-13-18T17:00:00Z"}, "/occurred_at"),
            ({"occurred_at": "2027-01-01T00:00:00Z"}, "/occurred_at"),
            ({"occurred_at": "2026-01-01T00:00:00Z"}, "/occurred_at"),
            ({"actor": "ada"}, "/actor"),
            ({"actor": 7}, "/actor"),
            ({"actor": {"platform": "x"}}, "/actor/id"),
            ({"actor": {"platform": "X y", "id": "1"}}, "/actor/platform"),
            ({"actor": {"platform": "x", "id": "1", "hande": "a"}}, "/actor/hande"),
            ({"actor": None, "beneficiary": None}, "/actor"),
            ({"object": []}, "/object"),
            ({"data": {"votes": "3"}}, "/data/votes"),
            ({"data": {"votes": 3.5}}, "/data/votes"),
            ({"data": {"x": float("inf")}}, "/data/x"),
            ({"data": {"x": 2**60}}, "/data/x"),
            ({"data": {"a/b": "\u0000"}}, "/data/a~1b"),
            ({"declares": "me"}, "/declares"),
            ({"by": "nobody"}, "/by"),
            ({"platform": "Ünknown"}, "/platform"),
            ({"activty_key": "x"}, "/activty_key"),
        ],
    )
    def test_what_is_wrong_is_named_by_pointer(self, change: dict[str, Any], pointer: str) -> None:
        with pytest.raises(Invalid) as refused:
            read_activity({**BODY, **change}, KINDS, NOW)

        assert [one.pointer for one in refused.value.problems] == [pointer]

    def test_everything_wrong_is_named_at_once(self) -> None:
        with pytest.raises(Invalid) as refused:
            read_activity({"kind": "x", "op": 1, "data": 2}, KINDS, NOW)

        assert {one.pointer for one in refused.value.problems} == {
            *("/kind", "/op", "/data", "/activity_key", "/occurred_at", "/actor"),
        }

    def test_a_reversal_may_be_of_any_age_and_needs_no_people(self) -> None:
        body = {"kind": "post_created", "activity_key": "a", "op": "reverse", "occurred_at": "2020-01-01T00:00:00Z"}

        assert read_activity(body, KINDS, NOW).op == "reverse"

    def test_a_whole_number_may_be_written_as_a_float(self) -> None:
        assert read_activity({**BODY, "data": {"votes": 3.0}}, KINDS, NOW).data == {"votes": 3}

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*BODY, "op", "by"]) | st.text(), inner),
        )
    )
    def test_any_json_is_an_activity_or_invalid(self, body: object) -> None:
        with suppress(Invalid):
            read_activity(body, KINDS, NOW)
