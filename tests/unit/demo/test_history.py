"""The demonstration's story is the same each time, ends now, and names things as the platforms' webhooks do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from demo import chat, forum, people, rulebooks
from demo.history import DAYS, Event, History
from loyalty import clock, logos, said
from loyalty.activities import Activity
from loyalty.platforms import discourse, telegram
from loyalty.platforms.reading import Context
from rules_engine import parse
from rules_engine.fields import KINDS
from rules_engine.forms import FORMS
from tests.wiring.test_documents import ROOT

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CONTEXT = Context("src_1", clock.from_datetime(NOW), KINDS)


@pytest.fixture(scope="module")
def history() -> History:
    return History(40, NOW)


def test_the_same_now_tells_the_same_story_and_nothing_lies_ahead(history: History) -> None:
    assert History(40, NOW).events == history.events
    assert history.events == sorted(history.events, key=lambda one: one.at)
    assert NOW - timedelta(days=DAYS + 1) < history.events[0].at < history.events[-1].at < NOW
    assert NOW - history.events[-1].at < timedelta(minutes=5)


def test_all_of_life_is_in_it_even_with_few_people() -> None:
    found = Counter(one.what for one in History(12, NOW).events)
    assert set(found) == {
        *("topic", "reply", "like", "accept", "message", "reaction"),
        *("join", "attend", "feedback", "story"),
    }


def test_two_hundred_people_have_names_and_keys_of_their_own() -> None:
    everyone = people.people(200, DAYS)
    assert len({one.key for one in everyone}) == 200
    assert {one.language for one in everyone} == {"en", "ms"}
    assert all(one.telegram or one.forum for one in everyone)


def test_the_rulebook_is_right_and_its_examples_come_true() -> None:
    about = json.loads((ROOT / "demo/community.json").read_text(encoding="utf-8"))
    rulebook = parse.parse(about["rulebook"], KINDS, about["community"]["zone"])
    assert parse.run_examples(rulebook) == []
    assert len(rulebook.rules) >= 12
    assert rulebook.tiers is not None
    assert len(rulebook.tiers.levels) == 4
    assert all(badge.icon and badge.colour for badge in rulebook.badges.values())
    assert all(set(named.name) == {"en", "ms"} for named in (*rulebook.rules, *rulebook.badges.values()))


def test_every_form_of_rule_is_shown_and_most_rules_have_examples() -> None:
    about = json.loads((ROOT / "demo/community.json").read_text(encoding="utf-8"))
    rulebook = parse.parse(about["rulebook"], KINDS, about["community"]["zone"])
    assert {rule.form for rule in rulebook.rules} == set(FORMS)
    assert {rule.tells for rule in rulebook.rules} == {"exact", "intent", "private"}
    assert any(rule.budgets for rule in rulebook.rules)
    assert sum("examples" in rule.document for rule in rulebook.rules) > len(rulebook.rules) / 2


def test_the_rulebooks_of_the_beginning_and_those_being_thought_of_are_right_too() -> None:
    about = json.loads((ROOT / "demo/community.json").read_text(encoding="utf-8"))
    now = rulebooks.seasoned(about["rulebook"], NOW)
    first = rulebooks.at_first(now, about["first"])
    tried = [rulebooks.with_tried(now, one) for one in about["tried"]]
    assert len(first["rules"]) == len(now["rules"]) - len(about["first"]["without"])
    for document in (first, now, *tried):
        assert parse.run_examples(parse.parse(document, KINDS, about["community"]["zone"])) == []
    for document, change in zip(tried, about["tried"], strict=True):
        changed = [one["key"] for one, other in zip(now["rules"], document["rules"], strict=True) if one != other]
        assert changed == [change["rule"]]


def test_the_logo_is_kept_as_it_was_drawn() -> None:
    drawn = (ROOT / "demo/logo.svg").read_text(encoding="utf-8")
    assert logos.clean(drawn).count("<path") == drawn.count("<path")


def test_exports_and_webhooks_say_the_same(history: History) -> None:
    compared = Counter[str]()
    for event in history.events:
        exported = {one.key: one for one in _exported(event)}
        for heard in _heard(event):
            one = exported[heard.key]
            compared[event.what] += 1
            assert (heard.kind, heard.platform, heard.object.get("id")) == (one.kind, one.platform, one.object["id"])
            if heard.kind != "answer_accepted":  # whoever accepted is found by reference
                assert str(heard.actor and heard.actor[2]) == str(one.actor and one.actor[2])
                assert heard.declares == one.declares
    assert set(compared) == {"topic", "reply", "like", "accept", "message", "reaction", "join"}


def _exported(event: Event) -> Iterator[Activity]:
    if event.what in ("topic", "reply", "like", "accept"):
        lines = [forum.line(event)]
    else:
        lines = chat.line(event) if event.what in ("message", "reaction", "join") else []
    for line in lines:
        yield said.read_activity(line, KINDS, clock.from_datetime(NOW), any_age=True)


def _heard(event: Event) -> list[Activity]:
    if event.what in ("message", "reaction", "join"):
        update = chat.update(event, 7, "mem_" + "0" * 26)
        return telegram.read({}, json.dumps(update).encode(), CONTEXT).activities
    if event.what in ("topic", "reply", "like", "accept"):
        body, headers, sign = forum.hook(event, 7, "secret")
        raw = json.dumps(body).encode()
        sent = {name.lower(): value for name, value in (headers | sign(raw)).items()}
        assert discourse.verify(["secret"], sent, raw, 0)
        return discourse.read(sent, raw, CONTEXT).activities
    return []
