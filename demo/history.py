"""What happened in the community in half a year, up to an instant: always the same, drawn with dice.

Plain facts of a story; how a platform says them is `forum`'s and `chat`'s business.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from demo.people import Person, people

DAYS = 182
CLINIC_EVERY = 14
CATEGORIES = ("elektrik", "kayu", "basikal", "jahitan", "gajet", "sembang")
EMOJIS = ("👍", "❤", "🔥", "👏")
REPAIRED = "sayabaiki"
THINGS = (
    *("kipas berdiri", "periuk nasi", "seterika", "mesin jahit", "radio lama", "lampu meja", "basikal anak"),
    *("payung", "kerusi rotan", "beg sekolah", "blender", "jam dinding", "telefon lama", "almari dapur"),
)
QUESTIONS = (
    "{} saya tidak hidup selepas ribut semalam. Apa yang patut diperiksa dahulu?",
    "Siapa pernah membaiki {}? Bunyinya pelik.",
    "Where can I find parts for a {} in Ipoh or nearby?",
    "Is it safe to open a {} myself? It smells burnt.",
    "Berapa ohm patut dibaca pada {} yang elok?",
    "First repair ever: a {}. What tools do I need?",
)
ANSWERS = (
    "Periksa fius dahulu, kemudian kabel. Cabut plag sebelum buka apa-apa!",
    "Unplug it, wait five minutes, then measure between the two outer pins.",
    "Biasanya kapasitor. Bawa ke klinik Sabtu ini, saya ada alat ganti.",
    "I had the same one. A drop of sewing machine oil on the bearing was enough.",
    "Gambar dari belakang boleh? Nampak macam skru longgar.",
    "Glue will not hold there. Use a dowel, I can show you on Saturday.",
)
CHATTER = (
    "Selamat pagi semua! Ada yang ke klinik Sabtu ini?",
    "My neighbour was about to throw this {} away. Not any more.",
    "Terima kasih abang-abang kakak-kakak, {} saya dah elok!",
    "Siapa ada pemutar skru Torx untuk dipinjam?",
    "Spare parts drawer sorted. It took four hours and two kopi.",
    "Jangan buang {} itu, saya ambil untuk alat ganti.",
    "Rain all day here in Kuching, good day for mending.",
    "Ada tip simpan skru kecil supaya tak hilang?",
)
SHOWN = ("{} hidup semula! #SayaBaiki", "Fixed the {} with a part from an old one #sayabaiki")


@dataclass(frozen=True)
class Event:
    """Something that one person did at an instant. `thing` and `to` are ids of their kind; `what` says which fields
    have a meaning: topic, reply, like, accept | message, reaction, join | attend | feedback, story.
    """

    at: datetime
    what: str
    who: Person
    thing: int = 0
    to: int = 0
    place: int = 0
    text: str = ""
    amount: int = 0
    other: Person | None = None
    tags: Sequence[str] = ()


@dataclass
class _Topic:
    id: int
    author: Person
    category: str
    posts: list[Event]
    solved: bool = False


class History:
    """The events of `DAYS` days, in the order in which they occurred; all of them lie before `now`."""

    def __init__(self, count: int, now: datetime) -> None:
        self.people = people(count, DAYS)
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.start = (self.now - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0)
        self._scale = count / 200
        self._dice = random.Random(1957)  # noqa: S311  # the same story each time
        self._topics: list[_Topic] = []
        self._chat: list[Event] = []
        self._next = {"post": 100, "topic": 10, "message": 0}
        # Twice the same reaction to the same thing is one.
        happened = [event for day in range(DAYS + 1) for event in self._day(day)] + self._just_now()
        events = {(one.what, one.thing, one.who.key): one for one in happened}
        self.events = sorted((one for one in events.values() if one.at < self.now), key=lambda one: one.at)

    def _day(self, day: int) -> Iterator[Event]:
        there = [one for one in self.people if one.since <= day]
        on_chat, on_forum = [one for one in there if one.telegram], [one for one in there if one.forum]
        growth = self._scale * len(there) / len(self.people)
        for one in self.people:
            if one.since == day > 0 and one.telegram and len(on_chat) > 1:
                yield Event(self._at(day, 2), "join", one, other=self._pick(on_chat, one))
        for _ in range(self._times(4 * growth)):
            yield from self._topic(day, on_forum)
        for _ in range(self._times(9 * growth)):
            yield from self._reply(day, on_forum)
        for _ in range(self._times(2.4 * growth)):
            yield from self._accept(day)
        for _ in range(self._times(13 * growth)):
            yield from self._like(day, on_forum)
        for _ in range(self._times(17 * growth)):
            yield from self._message(day, on_chat)
        for _ in range(self._times(14 * growth)):
            yield from self._reaction(day, on_chat)
        for _ in range(self._times(1.2 * growth)):
            yield Event(self._at(day), "feedback", self._pick(there), day, amount=self._dice.randrange(6, 11))
        for _ in range(self._times(0.8 * growth)):
            yield Event(self._at(day), "story", self._pick(there), day, amount=self._dice.randrange(20, 400))
        if day % CLINIC_EVERY == CLINIC_EVERY - 5:
            yield from self._clinic(day, there)

    def _just_now(self) -> list[Event]:
        """A talk in the chat that is still going on, whatever the hour."""
        there = [one for one in self.people if one.telegram]
        talk = [one for _ in range(int(30 * self._scale) + 3) for one in self._message(DAYS, there)]
        talk += [one for _ in range(int(40 * self._scale) + 3) for one in self._reaction(DAYS, there)]
        first = self.now - timedelta(seconds=90 * len(talk))
        return [replace(one, at=first + timedelta(seconds=90 * index)) for index, one in enumerate(talk)]

    def _topic(self, day: int, there: list[Person]) -> Iterator[Event]:
        author, category = self._pick(there), self._dice.choice(CATEGORIES)
        topic = self._number("topic")
        post = Event(
            self._at(day), "topic", author, self._number("post"), topic, 1, self._say(QUESTIONS), tags=(category,)
        )
        self._topics.append(_Topic(topic, author, category, [post]))
        yield post

    def _reply(self, day: int, there: list[Person]) -> Iterator[Event]:
        if not self._topics:
            return
        topic = self._dice.choice(self._topics[-25:])
        who, at = self._pick(there), max(self._at(day), topic.posts[-1].at + timedelta(minutes=3))
        place = len(topic.posts) + 1
        reply = Event(
            at, "reply", who, self._number("post"), topic.id, place, self._say(ANSWERS), tags=(topic.category,)
        )
        topic.posts.append(reply)
        yield reply

    def _accept(self, day: int) -> Iterator[Event]:
        open_ones = [one for one in self._topics[-40:] if not one.solved and one.category != "sembang"]
        for topic in self._dice.sample(open_ones, len(open_ones)):
            answers = [post for post in topic.posts if post.who is not topic.author]
            if answers:
                topic.solved = True
                post = answers[-1]
                at = max(self._at(day), post.at + timedelta(minutes=20))
                yield Event(
                    at, "accept", topic.author, post.thing, topic.id, post.place, other=post.who, tags=post.tags
                )
                return

    def _like(self, day: int, there: list[Person]) -> Iterator[Event]:
        posts = [post for topic in self._topics[-15:] for post in topic.posts]
        if posts:
            post = self._dice.choice(posts)
            who = self._pick(there, post.who)
            at = max(self._at(day), post.at + timedelta(minutes=1))
            if who is not post.who:
                yield Event(at, "like", who, post.thing, post.to, post.place, other=post.who, tags=post.tags)

    def _message(self, day: int, there: list[Person]) -> Iterator[Event]:
        shown = self._dice.random() < 0.12
        message = Event(
            self._at(day),
            "message",
            self._pick(there),
            self._number("message"),
            to=self._chat[-1].thing if self._chat and self._dice.random() < 0.35 else 0,
            text=self._say(SHOWN if shown else CHATTER),
            tags=(REPAIRED,) if shown else (),
        )
        self._chat.append(message)
        yield message

    def _reaction(self, day: int, there: list[Person]) -> Iterator[Event]:
        if self._chat:
            message = self._dice.choice(self._chat[-20:])
            who = self._pick(there, message.who)
            at = max(self._at(day), message.at + timedelta(minutes=1))
            if who is not message.who:
                yield Event(at, "reaction", who, message.thing, text=self._dice.choice(EMOJIS), other=message.who)

    def _clinic(self, day: int, there: list[Person]) -> Iterator[Event]:
        """A repair clinic: who does more comes more often."""
        for one in there:
            if self._dice.random() < 0.12 + 0.6 * one.drive:
                minutes = self._dice.randrange(20, 200)
                yield Event(self._at(day, 2), "attend", one, day, amount=minutes)

    def _pick(self, there: list[Person], other_than: Person | None = None) -> Person:
        chosen = self._dice.choices(there, [one.drive for one in there])[0]
        return chosen if chosen is not other_than else there[(there.index(chosen) + 1) % len(there)]

    def _times(self, mean: float) -> int:
        """A whole number around the mean."""
        return int(mean + self._dice.random())

    def _number(self, name: str) -> int:
        self._next[name] += 1
        return self._next[name]

    def _at(self, day: int, hour: int | None = None) -> datetime:
        """An instant of that day; people sleep from 16:00 to 22:00 UTC, which is their night."""
        hours = self._dice.choice((*range(16), 22, 23)) if hour is None else hour
        return self.start + timedelta(days=day, hours=hours, seconds=self._dice.randrange(3_600))

    def _say(self, texts: Sequence[str]) -> str:
        return self._dice.choice(texts).format(self._dice.choice(THINGS))
