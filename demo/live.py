"""`python -m demo.live --bootstrap FILE`: somebody in the community does something every few seconds.

Everything comes in as the platforms' webhooks, and happens as it is said. What is begun here is answered here: a new
start begins new conversations.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo import chat, people
from demo.calls import Calls, Refused
from demo.doors import Doors
from demo.history import ANSWERS, CATEGORIES, CHATTER, DAYS, EMOJIS, QUESTIONS, REPAIRED, SHOWN, THINGS, Event
from demo.people import Person

SHORTEST, LONGEST = 2.0, 6.0  # seconds between two
_BEGAN = 1_700_000_000  # numbers count from here in seconds: above all of the history, and of earlier starts
_REMEMBERED = 30


class Trickle:
    """What goes on in the community at this moment."""

    def __init__(self, doors: Doors, count: int) -> None:
        self._doors = doors
        self._people = people.people(count, DAYS)
        self._number = int(time.time()) - _BEGAN
        self._dice = random.Random()  # noqa: S311  # no two evenings are the same, and nothing depends on it
        self._messages: deque[Event] = deque(maxlen=_REMEMBERED)
        self._posts: deque[Event] = deque(maxlen=_REMEMBERED)
        self._topics: dict[int, Event] = {}

    def happen(self) -> None:
        """One thing more happens. Raises `Refused` and `OSError`."""
        self._number += 1
        what: Callable[[], None] = self._dice.choices(
            (self._message, self._reaction, self._post, self._like, self._solution), (6, 5, 3, 3, 1)
        )[0]
        what()

    def _message(self) -> None:
        shown = self._dice.random() < 0.15
        text = self._dice.choice(SHOWN if shown else CHATTER).format(self._dice.choice(THINGS))
        tags = (REPAIRED,) if shown else ()
        message = Event(_now(), "message", self._who("telegram"), self._number, text=text, tags=tags)
        self._messages.append(message)
        self._doors.telegram(chat.update(message, self._number))

    def _reaction(self) -> None:
        if not self._messages:
            return self._message()
        message, reader = self._dice.choice(self._messages), self._who("telegram")
        if reader is not message.who:
            emoji = self._dice.choice(EMOJIS)
            reaction = Event(_now(), "reaction", reader, message.thing, text=emoji, other=message.who)
            self._doors.telegram(chat.update(reaction, self._number))
        return None

    def _post(self) -> None:
        """A question, or an answer to one."""
        about = self._dice.choice(list(self._topics.values())[-8:]) if len(self._topics) > 2 else None
        texts = QUESTIONS if about is None else ANSWERS
        post = Event(
            _now(),
            "topic" if about is None else "reply",
            self._who("forum"),
            self._number,
            to=self._number if about is None else about.to,
            place=1 if about is None else self._number,
            text=self._dice.choice(texts).format(self._dice.choice(THINGS)),
            tags=(self._dice.choice(CATEGORIES),) if about is None else about.tags,
        )
        if about is None:
            self._topics[post.to] = post
        self._posts.append(post)
        self._doors.discourse(post, self._number)

    def _like(self) -> None:
        if not self._posts:
            return self._post()
        post, reader = self._dice.choice(self._posts), self._who("forum")
        if reader is not post.who:
            self._tell(post, "like", reader)
        return None

    def _solution(self) -> None:
        answers = [one for one in self._posts if one.place > 1 and one.who is not self._topics[one.to].who]
        if not answers:
            return self._post()
        answer = self._dice.choice(answers)
        self._tell(answer, "accept", self._topics[answer.to].who)
        return None

    def _tell(self, post: Event, what: str, who: Person) -> None:
        event = Event(_now(), what, who, post.thing, post.to, post.place, post.text, other=post.who, tags=post.tags)
        self._doors.discourse(event, self._number)

    def _who(self, where: str) -> Person:
        there = [one for one in self._people if getattr(one, where)]
        return self._dice.choices(there, [one.drive for one in there])[0]


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Let things happen until the process is ended; what is refused is said once and left."""
    parser = argparse.ArgumentParser(prog="python -m demo.live", description="Let the community go on.")
    parser.add_argument("--bootstrap", type=Path, required=True, help="the file with the URL and the sources")
    ready: dict[str, Any] = json.loads(parser.parse_args().bootstrap.read_text())
    trickle = Trickle(Doors(Calls(ready["url"]), ready), people.count())
    while True:
        time.sleep(random.uniform(SHORTEST, LONGEST))  # noqa: S311  # a pause, no secret
        try:
            trickle.happen()
        except (Refused, OSError) as error:
            print(f"this did not happen: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
