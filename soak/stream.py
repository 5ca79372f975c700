"""What is sent: a stream that follows from its seed alone, so that any part of it can be sent, or expected, again.

It comes in blocks of a thousand. Of each block 10 % repeats what was sent before, 5 % takes something back, and 10 %
comes later than its turn, a thing taken back perhaps after its undoing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

BLOCK = 1000
CHAT = -1_002_000_000_500
TELEGRAM, GENERIC, API = DOORS = ("telegram", "generic", "api")
RULEBOOK = {
    "rules": [
        {"key": "post", "on": "post_created", "limits": [{"times": 20, "per": "day"}], "gives": {"points": 2}},
        {"key": "helpful", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 5}},
        {
            "key": "answer",
            "on": "answer_accepted",
            "earns": "beneficiary",
            "limits": [{"times": 5, "per": "day"}],
            "gives": [{"points": 10}, {"badge": "helper"}],
        },
    ],
    "badges": [{"key": "helper", "name": {"en": "Helper", "ms": "Pembantu"}}],
}
_MESSAGES = 0.25
_SPAN = 20 * 86_400  # seconds, over which the stream's things occurred
_LATE = 0.1
_REPEATED = 0.1
_UNDONE = 0.05


@dataclass(frozen=True)
class Sending:
    """One request at one door. `name` is the platform's own of the delivery, `key` names the activity in it."""

    door: str
    name: str
    key: str
    body: dict[str, Any]
    undoes: bool = False


@dataclass(frozen=True)
class Stream:
    """`total` sendings about `members` people; `began` is the Unix second at which the stream was made up."""

    seed: int
    total: int
    members: int
    began: int

    @property
    def blocks(self) -> int:
        """How many blocks there are, the last one perhaps a short one."""
        return -(-self.total // BLOCK)

    def block(self, index: int) -> list[Sending]:
        """The sendings of one block in the order in which they go out."""
        chance = Random(f"{self.seed}:{index}")
        said: list[Sending] = []
        standing: list[Sending] = []
        for number in range(index * BLOCK, min((index + 1) * BLOCK, self.total)):
            roll = chance.random()
            if said and roll < _REPEATED:
                said.append(_again(chance.choice(said), number, chance))
            elif standing and roll < _REPEATED + _UNDONE:
                said.append(_undoing(standing.pop(chance.randrange(len(standing))), number))
            else:
                said.append(self._original(number))
                if "message" not in said[-1].body:  # Telegram does not tell that a message was deleted
                    standing.append(said[-1])
        turns = [place + (chance.uniform(0, BLOCK / 3) if chance.random() < _LATE else 0) for place in range(len(said))]
        return [said[place] for place in sorted(range(len(said)), key=turns.__getitem__)]

    def _original(self, number: int) -> Sending:
        """A new thing: what the number says, whoever asks."""
        chance = Random(f"{self.seed}/{number}")
        door = chance.random()
        at = self.began - _SPAN + (_SPAN - 3600) * number // self.total
        actor, other = chance.sample(range(self.members), 2)
        if door < _MESSAGES:
            return _message(number, actor, at)
        if door < 2 * _MESSAGES:
            # Whose turn it is reacts, so that nobody does twice to one message.
            return _reaction(number, self._message_before(number, chance), number % self.members, at)
        key = f"soak:{number}"
        body = {"kind": "post_created", "activity_key": key, "occurred_at": _rfc3339(at), "actor": _person(actor)}
        if chance.random() < 0.5:
            body |= {"kind": "answer_accepted", "beneficiary": _person(other)}
        return Sending(GENERIC if chance.random() < 0.6 else API, f"msg_{number}", key, body)

    def _message_before(self, number: int, chance: Random) -> int:
        """The number of an earlier message; now and then of one that nobody told about."""
        for _ in range(20):
            earlier = chance.randrange(max(0, number - self.members), number + 1)
            if Random(f"{self.seed}/{earlier}").random() < _MESSAGES:
                return earlier
        return number


def _message(number: int, who: int, at: int) -> Sending:
    message = {"message_id": number + 1, "date": at, "text": f"Nombor {number}", **_in_chat(), "from": _user(who)}
    return Sending(TELEGRAM, str(number), f"telegram:message:{CHAT}:{number + 1}", {"message": message})


def _reaction(number: int, message: int, who: int, at: int) -> Sending:
    reaction = {"message_id": message + 1, "date": at, "user": _user(who), "old_reaction": [], **_in_chat()}
    key = f"telegram:reaction:{CHAT}:{message + 1}:{1000 + who}"
    return Sending(
        TELEGRAM,
        str(number),
        key,
        {"message_reaction": reaction | {"new_reaction": [{"type": "emoji", "emoji": "👍"}]}},
    )


def _again(sending: Sending, number: int, chance: Random) -> Sending:
    """The same request again, or, where platforms do that, the same thing in another request."""
    if sending.door == GENERIC and chance.random() < 0.5:
        return replace(sending, name=f"msg_{number}")
    return sending


def _undoing(sending: Sending, number: int) -> Sending:
    if sending.door == TELEGRAM:
        reaction = sending.body["message_reaction"]
        later = {"date": reaction["date"] + 1, "old_reaction": reaction["new_reaction"], "new_reaction": []}
        return replace(sending, name=str(number), body={"message_reaction": reaction | later}, undoes=True)
    return replace(sending, name=f"msg_{number}", body=sending.body | {"op": "reverse", "by": "author"}, undoes=True)


def _in_chat() -> dict[str, Any]:
    return {"chat": {"id": CHAT, "type": "supergroup"}}


def _user(number: int) -> dict[str, Any]:
    return {"id": 1000 + number, "first_name": f"Ahli {number}"}


def _person(number: int) -> dict[str, str]:
    return {"platform": "app", "scope": "soak", "id": str(number)}


def _rfc3339(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
