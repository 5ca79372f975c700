"""Sources: secrets at rest, rotation, and what a source may speak for."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from loyalty import communities, sources, voices
from loyalty.activities import Activity, Identity
from loyalty.errors import Conflict, Invalid, NotFound, Stale
from loyalty.models import Source

KEY = bytes(32)
ANOTHER = bytes(range(32))
TOKEN = "x-telegram-bot-api-secret-token"


@pytest.fixture
def community(session: Session) -> str:
    return communities.create(session, "kelab", "Kelab").id


def connect(session: Session, community: str, **options: object) -> sources.Connected:
    return sources.connect(session, KEY, community, platform="telegram", **options)  # type: ignore[arg-type]


def test_a_secret_rests_encrypted_and_another_key_opens_nothing(session: Session, community: str) -> None:
    source, secret = connect(session, community)
    assert secret is not None

    assert secret not in source.secret
    assert sources.verifies(source, KEY, {TOKEN: secret}, b"{}")
    assert not sources.verifies(source, ANOTHER, {TOKEN: secret}, b"{}")
    assert not sources.verifies(source, ANOTHER, {TOKEN: ""}, b"{}")


def test_an_id_belongs_to_one_source_of_all_communities(session: Session, community: str) -> None:
    other = communities.create(session, "lain", "Lain").id
    connect(session, community, source_id="our-group")

    with pytest.raises(Conflict):
        connect(session, other, source_id="our-group")
    with pytest.raises(NotFound):
        sources.get(session, other, "our-group")
    assert sources.get(session, community, "our-group").platform == "telegram"
    assert sources.exists(session, "our-group")
    assert not sources.exists(session, "a\0b")


@pytest.mark.parametrize(("options", "pointer"), [({"source_id": "Ü"}, ""), ({"enrol": "never"}, "/enrol")])
def test_what_cannot_be_connected_is_named(
    session: Session, community: str, options: dict[str, object], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        connect(session, community, **options)

    assert [one.pointer for one in refused.value.problems] == [pointer]


def test_an_unknown_platform_is_refused_with_the_nearest_name(session: Session, community: str) -> None:
    with pytest.raises(Invalid) as refused:
        sources.connect(session, KEY, community, platform="telegramm")

    assert "telegram?" in refused.value.problems[0].detail


def test_a_change_made_on_an_old_reading_is_refused(session: Session, community: str) -> None:
    source = connect(session, community).source
    sources.change(session, community, source.id, 1, name="group")

    with pytest.raises(Stale):
        sources.change(session, community, source.id, 1, name="other")
    assert source.name == "group"


@pytest.mark.parametrize(
    ("bounds", "allowed"),
    [
        ({}, True),
        ({"kinds": ["post_created"], "platforms": ["chat"], "scopes": ["here"]}, True),
        ({"kinds": []}, False),
        ({"kinds": ["poll_voted"]}, False),
        ({"platforms": ["telegram"]}, False),
        ({"scopes": ["there"]}, False),
    ],
)
def test_a_source_speaks_for_what_it_lists(bounds: dict[str, list[str]], allowed: bool) -> None:
    source = Source(**({"kinds": None, "platforms": None, "scopes": None} | bounds))
    activity = Activity("post_created", "1", 0, "chat", actor=Identity("chat", "here", "ada"))

    assert (voices.refusal(source, activity) is None) is allowed


@pytest.mark.parametrize(
    "activity",
    [
        Activity("post_created", "1", 0, "setia"),
        Activity("post_created", "1", 0, "chat", actor=Identity("setia", "", "nobody")),
        Activity("post_created", "1", 0, "chat", declares="author_of:setia::1"),
    ],
)
def test_no_source_speaks_for_setia_itself(activity: Activity) -> None:
    source = Source(kinds=None, platforms=None, scopes=None)

    assert "Setia's own" in str(voices.refusal(source, activity))
