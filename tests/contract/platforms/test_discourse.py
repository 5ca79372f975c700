"""Discourse's events, fixture by fixture: each file says why it is there, what comes in, and what it says."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from loyalty import clock
from loyalty.activities import Activity, Identity, MemberId, Reference
from loyalty.platforms import discourse
from loyalty.platforms.reading import Context, Reading, Unreadable

HERE = Path(__file__).parent / "discourse"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "discourse"
FORUM = "forum.kelab.example"
RECEIVED = 1_795_000_000 * clock.SECOND
CONTEXT = Context("src_00000000000000000000000000", RECEIVED)
SIGNATURE = "x-discourse-event-signature"


def load(name: str) -> dict[str, Any]:
    fixture: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text())
    return fixture


def read(fixture: dict[str, Any], context: Context = CONTEXT, **headers: str) -> Reading:
    raw = json.dumps(fixture["body"]).encode()
    return discourse.read(fixture["headers"] | headers, raw, context)


def one(name: str, context: Context = CONTEXT, **headers: str) -> Activity:
    (activity,) = read(load(name), context, **headers).activities
    return activity


def shown(activity: Activity) -> dict[str, Any]:
    """The activity as the fixtures write it: people as text, the instant in seconds."""

    def name(party: object) -> str | None:
        match party:
            case Identity(platform="discourse", id=number):
                return number
            case MemberId(id=text) | Reference(text=text):
                return text
        return None

    fields = {name: getattr(activity, name) for name in ("kind", "key", "op", "version", "declares", "by")}
    return fields | {
        "at": activity.at / clock.SECOND,
        "actor": name(activity.actor),
        "beneficiary": name(activity.beneficiary),
        "object": dict(activity.object),
        "data": dict(activity.data),
    }


@pytest.mark.parametrize("path", sorted(HERE.glob("*.json")), ids=lambda path: path.stem)
def test_an_event_says_what_its_fixture_says(path: Path) -> None:
    fixture = json.loads(path.read_text())

    reading = read(fixture)

    said = [shown(activity) for activity in reading.activities]
    assert len(said) == len(fixture["says"]), fixture["why"]
    for one, wanted in zip(said, fixture["says"], strict=True):
        assert {name: one[name] for name in wanted} == wanted, fixture["why"]
    assert (reading.reason is None) == bool(said), "what says nothing says why"


@pytest.mark.parametrize(
    "path", sorted(set(SHARED.glob("*.json")) - set(SHARED.glob("*.headers.json"))), ids=lambda path: path.stem
)
def test_a_body_seen_elsewhere_is_read_without_trouble(path: Path) -> None:
    headers = {name.lower(): value for name, value in json.loads(path.with_suffix(".headers.json").read_text()).items()}

    activities = discourse.read(headers, path.read_bytes(), CONTEXT).activities

    assert bool(activities) == (not path.stem.startswith(("ping", "user_event")))
    for activity in activities:
        assert activity.key.startswith("discourse:")
        assert len(activity.key.encode()) <= 200
        assert activity.at <= RECEIVED


def test_samples_seen_elsewhere_are_there() -> None:
    if not SHARED.is_dir():
        pytest.skip("no folder of sample bodies beside the project")  # they are not ours to give away
    assert list(SHARED.glob("*.headers.json"))


def test_a_reply_and_its_first_edit_told_the_other_way_round_end_in_the_edit() -> None:
    created, edited = one("reply", **{"x-discourse-event-id": "4121"}), one("edited")

    assert created.key == edited.key
    assert created.version < edited.version


def test_whether_a_post_is_there_is_no_matter_of_edits() -> None:
    states = [one("reply"), one("edited"), one("destroyed"), one("recovered")]
    again = one("destroyed", **{"x-discourse-event-id": "5000"})

    versions = [state.version for state in [*states, again]]
    assert versions == sorted(set(versions))
    assert max(versions) < 2**53


def test_a_like_a_vote_and_a_solution_said_again_later_outrank_themselves() -> None:
    for name in ("like", "upvote", "accepted"):
        assert one(name).version < one(name, **{"x-discourse-event-id": "9000"}).version
        assert one(name).key == one(name, **{"x-discourse-event-id": "9000"}).key


def test_whatever_is_told_of_a_post_is_all_there_is_to_it() -> None:
    names = ("reply", "edited", "destroyed", "recovered", "hashtags")

    assert {read(load(name)).whole_of for name in names} == {one("reply").declares}


@pytest.mark.parametrize("raw", ["`" * 200_000, "#" * 200_000, "#a" * 100_000, "```" * 70_001 + "#b"])
def test_a_long_text_of_marks_is_read_without_ado(raw: str) -> None:
    fixture = load("reply")
    fixture["body"]["post"]["raw"] = raw

    assert len(read(fixture).activities) < 40


def test_a_topic_has_one_solution_unless_the_source_was_connected_for_several() -> None:
    several = Context(CONTEXT.source_id, RECEIVED, options={"several_solutions": True})

    assert read(load("accepted")).whole_of == read(load("accepted_another")).whole_of is not None
    assert read(load("unaccepted")).whole_of is None
    assert read(load("accepted"), several).whole_of is None
    assert one("accepted", several).key == one("accepted").key


def test_a_forum_that_moves_keeps_its_people_by_the_name_it_was_connected_with() -> None:
    named = Context(CONTEXT.source_id, RECEIVED, options={"forum": FORUM})
    moved = {"x-discourse-instance": "https://elsewhere.example"}

    assert shown(one("reply", named, **moved)) == shown(one("reply"))
    assert one("reply", **moved).key != one("reply").key


def test_a_very_long_forum_still_makes_a_key_that_fits() -> None:
    named = Context(CONTEXT.source_id, RECEIVED, options={"forum": "字" * 120})

    assert all(len(one(name, named).key.encode()) <= 200 for name in ("reply", "like", "accepted", "upvote"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("forum", value) for value in (None, 7, "", "a b", "x" * 121, "a\nb", "\ud800", ["x"])),
        *(("several_solutions", value) for value in (None, 1, "true", [])),
    ],
)
def test_an_option_of_another_kind_is_refused_with_what_is_wanted(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        discourse.OPTIONS[option].read(value)


@pytest.mark.parametrize("instance", ["", "x" * 300, "https://", "https://[::1", "https://a b", "\ud800", "\x00"])
def test_an_instance_that_names_no_forum_is_unreadable_and_never_breaks(instance: str) -> None:
    with pytest.raises(Unreadable, match="Instance"):
        read(load("reply"), **{"x-discourse-instance": instance})


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "9" * 16, "٣", " 1", "1\n"])
def test_an_event_without_a_number_is_unreadable_and_still_has_a_name_as_a_delivery(number: str) -> None:
    headers = load("reply")["headers"] | {"x-discourse-event-id": number}

    with pytest.raises(Unreadable, match="Event-Id"):
        read(load("reply"), **{"x-discourse-event-id": number})
    assert discourse.delivery_id(headers, b"{}").startswith("sha256:")
    assert discourse.delivery_id(headers, b"{}") != discourse.delivery_id(headers, b"{ }")


def test_two_forums_and_two_events_are_different_deliveries_and_a_repetition_by_hand_is_the_same() -> None:
    headers = load("reply")["headers"]
    named = [
        discourse.delivery_id(headers | changes, b"{}")
        for changes in ({}, {"x-discourse-event-id": "1"}, {"x-discourse-instance": "https://other.example"})
    ]

    assert len(set(named)) == 3
    assert discourse.delivery_id(headers, b"{}") == named[0]
    assert all(len(name) <= 200 for name in named)


@pytest.mark.parametrize(
    "name",
    ["topic", "hashtags", "edited", "like", "accepted", "upvote", "badge_by_name", "user_approved", "user_destroyed"],
)
def test_no_field_of_another_type_breaks_the_reading(name: str) -> None:
    fixture = load(name)
    for path in _paths(fixture["body"]):
        for wrong in (
            None,
            True,
            -1,
            2**70,
            1.5,
            "x\u0000\ud800",
            "0001-01-01T00:00:00+14:00",
            [],
            {},
            [[]],
            {"id": {}},
        ):
            for activity in read(fixture | {"body": _with(fixture["body"], path, wrong)}).activities:
                activity.key.encode()
                assert 0 <= activity.at <= RECEIVED + clock.DAY


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"null", b"7", b"{", b"NaN", b"[" * 100_000, b"1" * 5_000])
def test_bytes_that_are_no_event_are_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        discourse.read(load("reply")["headers"], raw, CONTEXT)


def test_the_signature_is_that_of_the_raw_bytes() -> None:
    raw = b'{"post": {}}'
    signature = "sha256=" + hmac.new(b"rahsia-forum", raw, sha256).hexdigest()

    assert discourse.verify(["rahsia-forum"], {SIGNATURE: signature}, raw, 0)
    assert not discourse.verify(["rahsia-forum"], {SIGNATURE: signature}, raw + b" ", 0)
    assert not discourse.verify(["another"], {SIGNATURE: signature}, raw, 0)


def test_a_signature_that_others_made_is_verified() -> None:
    signature = (
        "sha256=" + "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    )  # RFC 2104's well-known one

    assert discourse.verify(["key"], {SIGNATURE: signature}, b"The quick brown fox jumps over the lazy dog", 0)


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha1=00", "sha256=é", "\ud800", "x" * 10_000, "sha256=" + "0" * 64]
)
def test_another_signature_is_refused(signature: str) -> None:
    assert not discourse.verify(["secret"], {SIGNATURE: signature}, b"{}", 0)


def test_either_secret_is_taken_while_rotating_and_none_when_there_is_none() -> None:
    signed = {SIGNATURE: "sha256=" + hmac.new(b"old", b"{}", sha256).hexdigest()}
    empty = {SIGNATURE: "sha256=" + hmac.new(b"", b"{}", sha256).hexdigest()}

    assert discourse.verify(["new", "old"], signed, b"{}", 0)
    assert not discourse.verify(["new"], {}, b"{}", 0)
    assert not discourse.verify([""], empty, b"{}", 0)
    assert not discourse.verify([], empty, b"{}", 0)


def _paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for step, item in steps for path in _paths(item, (*at, step)))][0 if at else 1 :]


def _with(value: Any, path: tuple[str | int, ...], wrong: object) -> Any:
    copy = json.loads(json.dumps(value))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    return copy
