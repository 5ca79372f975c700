"""Telegram's updates, fixture by fixture: each file says why it is there, what comes in, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loyalty import clock
from loyalty.activities import Activity, Identity, MemberId, Reference
from loyalty.platforms import telegram
from loyalty.platforms.reading import Context, Unreadable

HERE = Path(__file__).parent / "telegram"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "telegram"
RECEIVED = 1_795_000_000 * clock.SECOND
CONTEXT = Context("src_00000000000000000000000000", RECEIVED)


def read(update: object, context: Context = CONTEXT) -> list[Activity]:
    return telegram.read({}, json.dumps(update).encode(), context).activities


def shown(activity: Activity) -> dict[str, Any]:
    """The activity as the fixtures write it: people as text, the instant in seconds."""

    def name(party: object) -> str | None:
        match party:
            case Identity(platform="telegram", scope="", id=number):
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
def test_an_update_says_what_its_fixture_says(path: Path) -> None:
    fixture = json.loads(path.read_text())

    said = [shown(activity) for activity in read(fixture["update"])]

    assert len(said) == len(fixture["says"]), fixture["why"]
    for one, wanted in zip(said, fixture["says"], strict=True):
        assert {name: one[name] for name in wanted} == wanted, fixture["why"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("forwarded", "forward_origin"),
        ("anonymous_admin", "channel"),
        ("bot_message", "bot"),
        ("private_chat", "private"),
        ("video_chat_started", "video_chat_started"),
        ("reaction_anonymous", "anonymous"),
        ("poll_vote_by_channel", "channel"),
        ("promoted", "nobody came"),
        ("join_without_link", "invite link"),
        ("unknown_update", "business_connection is not read; Setia reads message"),
    ],
)
def test_what_says_nothing_says_why(name: str, said: str) -> None:
    update = json.loads((HERE / f"{name}.json").read_text())["update"]

    assert said in (telegram.read({}, json.dumps(update).encode(), CONTEXT).reason or "")


@pytest.mark.parametrize("path", sorted(SHARED.glob("*.json")), ids=lambda path: path.stem)
def test_a_body_seen_elsewhere_is_read_without_trouble(path: Path) -> None:
    for activity in telegram.read({}, path.read_bytes(), CONTEXT).activities:
        assert len(activity.key.encode()) <= 200
        assert activity.actor is not None


def test_samples_seen_elsewhere_are_there() -> None:
    if not SHARED.is_dir():
        pytest.skip("no folder of sample bodies beside the project")  # they are not ours to give away
    assert list(SHARED.glob("*.json"))


def test_the_latest_of_shuffled_reactions_has_the_greatest_version() -> None:
    within_a_second = [_reaction(update_id=5, date=100), _reaction(update_id=6, date=100, emojis=0)]
    after_a_quiet_week = [*within_a_second, _reaction(update_id=2, date=700_000)]

    versions = [read(update)[0].version for update in after_a_quiet_week]

    assert versions == sorted(versions)
    assert len(set(versions)) == 3


def test_a_vote_after_a_quiet_week_outranks_the_one_before_whatever_its_random_id() -> None:
    before, after = (
        read(
            {"update_id": number, "poll_answer": {"poll_id": "1", "user": {"id": 1}, "option_ids": [0]}},
            Context("src_00000000000000000000000000", RECEIVED + weeks * 7 * clock.DAY),
        )[0].version
        for number, weeks in ((900_000_000, 0), (17, 1))
    )

    assert before < after


def test_whoever_posts_a_video_first_has_it() -> None:
    first, again = (
        read(
            {
                "update_id": 1,
                "message": {
                    "message_id": number,
                    "from": {"id": number},
                    "chat": {"id": -1},
                    "date": date,
                    "video": {"file_unique_id": "same"},
                },
            }
        )[1]
        for number, date in ((10, 1_790_000_000), (11, 1_790_000_500))
    )

    assert first.key == again.key
    assert first.version > again.version


def test_the_first_part_of_an_album_carries_it_and_an_edit_outranks_all_parts() -> None:
    def part(number: int, **more: object) -> dict[str, Any]:
        return {"message_id": number, "from": {"id": 1}, "chat": {"id": -1}, "date": 100, "media_group_id": "7"} | {
            "photo": [],
            **more,
        }

    first, second = (read({"update_id": 1, "message": part(number)})[0] for number in (20, 21))
    edit = read({"update_id": 1, "edited_message": part(21, edit_date=160)})[0]

    assert first.key == second.key == edit.key
    assert second.version < first.version < edit.version


def test_only_the_chats_that_the_source_names_are_heard() -> None:
    update = json.loads((HERE / "post.json").read_text())["update"]
    elsewhere = Context("src_00000000000000000000000000", RECEIVED, options={"chats": ["-5"]})
    here = Context("src_00000000000000000000000000", RECEIVED, options={"chats": ["-1002000000001"]})

    assert read(update, elsewhere) == []
    reason = telegram.read({}, json.dumps(update).encode(), elsewhere).reason or ""
    assert "-1002000000001" in reason
    assert "chats" in reason
    assert len(read(update, here)) == 1


@pytest.mark.parametrize("name", ["post", "hashtags", "reaction", "poll_vote", "join_by_link", "payment"])
def test_no_field_of_another_type_breaks_the_reading(name: str) -> None:
    update = json.loads((HERE / f"{name}.json").read_text())["update"]
    for path in _paths(update):
        for wrong in (None, True, -1, 2**70, 1.5, "x\u0000\ud800", [], {}, [[]], {"id": {}}):
            for activity in read(_with(update, path, wrong)):
                activity.key.encode()


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"null", b"7", b"{", b"NaN", b"[" * 100_000, b"1" * 5_000])
def test_bytes_that_are_no_update_are_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        telegram.read({}, raw, CONTEXT)
    assert telegram.delivery_id({}, raw).startswith("sha256:")


def test_a_long_tag_still_makes_a_key_that_fits() -> None:
    text = "#" + "字" * 120
    message = {"message_id": 1, "from": {"id": 1}, "chat": {"id": -1}, "date": 1, "text": text}
    message["entities"] = [{"type": "hashtag", "offset": 0, "length": len(text)}]

    (_, tag) = read({"update_id": 1, "message": message})

    assert len(tag.key.encode()) <= 200


@pytest.mark.parametrize("token", ["", "wrong", "secre", "secret ", "sécret", "\ud800", "x" * 10_000])
def test_another_token_is_refused(token: str) -> None:
    assert not telegram.verify(["secret"], {"x-telegram-bot-api-secret-token": token}, b"{}", 0)


def test_either_token_is_taken_while_rotating_and_none_when_there_is_none() -> None:
    header = "x-telegram-bot-api-secret-token"

    assert telegram.verify(["new", "old"], {header: "old"}, b"{}", 0)
    assert not telegram.verify(["new"], {}, b"{}", 0)
    assert not telegram.verify([""], {header: ""}, b"{}", 0)
    assert not telegram.verify([], {header: ""}, b"{}", 0)


def _reaction(update_id: int, date: int, emojis: int = 1) -> dict[str, Any]:
    return {
        "update_id": update_id,
        "message_reaction": {
            "chat": {"id": -1},
            "message_id": 1,
            "user": {"id": 1},
            "date": date,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}] * emojis,
        },
    }


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
