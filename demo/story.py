"""Two weeks in the life of the community, always the same ones: who wrote, helped, reacted, reviewed and joined.

Half of it is what an app says, half what Telegram sends. Times lie in the fortnight before `now`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

DAYS = 14
CHAT = {"id": -1002100200300, "type": "supergroup", "title": "Kelab Pembaca"}
_FIRST_PERSON = 710_000_000


class Story:
    """Draws the fortnight. The earlier a member is in the list, the more they do."""

    def __init__(self, about: dict[str, Any], now: datetime) -> None:
        self.names: Sequence[str] = about["members"]
        self.posts: Sequence[str] = about["posts"]
        self.emojis: Sequence[str] = about["reactions"]
        self.start = now.astimezone(UTC).replace(microsecond=0) - timedelta(days=DAYS)
        self.dice = random.Random(1957)  # noqa: S311  # the same story each time, and nothing depends on it

    def key(self, number: int) -> str:
        """The member's id in the app: `aisyah-rahman`."""
        return self.names[number].lower().replace(" ", "-")

    def person(self, number: int) -> dict[str, Any]:
        """The member as Telegram shows them."""
        return {"id": _FIRST_PERSON + number, "is_bot": False, "first_name": self.names[number].split()[0]}

    def telegram_id(self, number: int) -> str:
        """The member's identity on Telegram."""
        return f"telegram::{_FIRST_PERSON + number}"

    def activities(self) -> Iterator[dict[str, Any]]:
        """What the club's app says: accepted answers, reviews, LIVE readings, friends brought along."""
        for day in range(DAYS):
            for number in range(9):
                helper = self._somebody()
                asker = self._somebody(other_than=helper)
                yield self._say("answer_accepted", f"answer:{day}:{number}", day, asker, helper) | {
                    "object": {"kind": "post", "id": f"{day}-{number}", "tags": ["bantuan" if number else "sembang"]},
                    "data": {"votes": self.dice.randrange(8)},
                }
            for number in range(4):
                yield self._say("review_written", f"review:{day}:{number}", day, self._somebody()) | {
                    "data": {"stars": self.dice.randrange(1, 6), "length": self.dice.randrange(80, 900)}
                }
            for number in range(len(self.names) if day % 7 == 5 else 0):
                yield self._say("live_attended", f"live:{day}:{number}", day, number, hour=13) | {
                    "data": {"minutes": self.dice.randrange(5, 75)}
                }
        for number in range(6):
            yield self._say("referral_joined", f"friend:{number}", 2 * number, len(self.names) - 1 - number, number)

    def updates(self) -> Iterator[dict[str, Any]]:
        """What Telegram sends: messages and reactions, some of which overtake the message that they are about."""
        updates = []
        message_id = 0
        for day in range(DAYS):
            for _ in range(8):
                message_id += 1
                author, at = self._somebody(), self._at(day)
                updates.append({"message": self._message(message_id, author, at)})
                for _ in range(self.dice.randrange(3)):
                    reader = self._somebody(other_than=author)
                    updates.append({"message_reaction": self._reaction(message_id, reader, at + timedelta(minutes=9))})
        for first in range(0, len(updates) - 1, 6):
            updates[first], updates[first + 1] = updates[first + 1], updates[first]
        for number, update in enumerate(updates, 1):
            yield {"update_id": number, **update}

    def _somebody(self, other_than: int | None = None) -> int:
        while True:
            number = min(int(self.dice.expovariate(0.12)), len(self.names) - 1)
            if number != other_than:
                return number

    def _at(self, day: int, hour: int | None = None) -> datetime:
        hours = self.dice.randrange(24) if hour is None else hour
        return self.start + timedelta(days=day, hours=hours, minutes=self.dice.randrange(45))

    def _say(
        self, kind: str, key: str, day: int, actor: int, beneficiary: int | None = None, hour: int | None = None
    ) -> dict[str, Any]:
        activity = {
            "kind": kind,
            "activity_key": f"app:{key}",
            "actor": f"app:kelab:{self.key(actor)}",
            "occurred_at": self._at(day, hour).isoformat(),
        }
        return activity if beneficiary is None else activity | {"beneficiary": f"app:kelab:{self.key(beneficiary)}"}

    def _message(self, message_id: int, author: int, at: datetime) -> dict[str, Any]:
        text = self.dice.choice(self.posts)
        message = {
            "message_id": message_id,
            "from": self.person(author),
            "chat": CHAT,
            "date": int(at.timestamp()),
            "text": text,
        }
        if "#" in text:
            before = len(text.split("#")[0].encode("utf-16-le")) // 2
            tag = {"type": "hashtag", "offset": before, "length": len(text) - text.index("#")}
            message["entities"] = [tag]
        return message

    def _reaction(self, message_id: int, reader: int, at: datetime) -> dict[str, Any]:
        emoji = {"type": "emoji", "emoji": self.dice.choice(self.emojis)}
        return {
            "chat": CHAT,
            "message_id": message_id,
            "user": self.person(reader),
            "date": int(at.timestamp()),
            "old_reaction": [],
            "new_reaction": [emoji],
        }
