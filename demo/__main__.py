"""`python -m demo --url URL --bootstrap FILE --progress FILE`: tell the service the story of the demonstration.

`--bootstrap` holds the keys and the sources, as the service wrote them down; `--progress` is where it goes on after it
was killed. Everything goes over HTTP: as an admin, as an app, as an export, and as the platforms' webhooks. Telling the
story twice changes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from demo import chat, forum, people, rulebooks
from demo.calls import Calls, Refused
from demo.doors import Doors
from demo.history import CLINIC_EVERY, Event, History
from demo.moderators import Moderators
from demo.people import Person
from demo.progress import Progress

HERE = Path(__file__).parent
LIVE_FOR = timedelta(days=34)
"""What is older is imported: the API takes 35 days, and a demonstration may be gone on with on the next morning."""
CONNECTED_FOR = timedelta(days=3)
"""Since when forum and chat are connected by webhooks; before, the community's app said what happened there."""
TODAY = timedelta(days=1)
"""Since when the forum told of likes and solutions itself, which it does without an instant."""
_CHUNK, _BATCH = 1_000, 200
_IDENTITY = ("platform", "scope", "id")
_FORUM, _CHAT = ("topic", "reply", "like", "accept"), ("message", "reaction", "join")
_CLINIC, _APP = ("attend",), ("feedback", "story")


class Story:
    """The community being told, step after step. Each step may be cut short and told again."""

    def __init__(self, url: str, ready: dict[str, Any], progress: Progress) -> None:
        self._about: dict[str, Any] = json.loads((HERE / "community.json").read_text(encoding="utf-8"))
        self._calls = Calls(url)
        self._doors = Doors(self._calls, ready)
        self._admin, self._ingest = ({"Authorization": f"Bearer {ready['keys'][name]}"} for name in ("admin", "ingest"))
        self._progress = progress
        self._history = History(people.count(), progress.now)
        self._moderators = Moderators(self._calls, self._admin, self._history.people)
        self._rulebook = rulebooks.seasoned(self._about["rulebook"], progress.now)
        self._changed = rulebooks.midnight(progress.now.date() - timedelta(days=self._about["now"]["days"]))

    def tell(self) -> None:
        """Everything, in the order in which a community would begin. Raises `Refused` and `OSError`."""
        progress, since = self._progress, self._progress.now - LIVE_FOR
        progress.each("community and rulebook", self._begin(), lambda call: call())
        progress.each("members", self._history.people, self._enrol)
        past = [event for event in self._history.events if event.at < since]
        lately = [event for event in self._history.events if event.at >= since]
        for name, platform, kinds in (
            ("the forum's past", "discourse", _FORUM),
            ("the chat's past", "telegram", _CHAT),
            ("past clinics", "generic", _CLINIC),
            ("the app's past", None, _APP),
        ):
            self._import(name, platform, [line for one in past if one.what in kinds for line in self._lines(one)])
        progress.each("fair play", [self._about["fair_play"]], self._look_out)
        said = [line for one in lately if not self._is_hooked(one) for line in self._lines(one)]
        progress.each("recent weeks, from the app", _parts(said, _BATCH), self._say)
        hooked = [one for one in lately if self._is_hooked(one)]
        progress.each("the last days, by webhook", self._deliveries(hooked), lambda call: call())
        progress.wait("webhooks understood", 1, self._understood)
        progress.each("rewards", self._history.people[:: max(1, len(self._history.people) // 12)], self._redeem)
        progress.each("breaches and an appeal", self._about["judged"], self._moderators.judge)
        progress.each("awards looked at", self._moderators.withheld()[::2], self._give)
        progress.each("changes tried on history", self._try(), lambda call: call())

    def _begin(self) -> list[partial[Any]]:
        about, first, now = self._about, self._about["first"], self._about["now"]
        logo = (HERE / "logo.svg").read_text(encoding="utf-8")
        community = about["community"] | {"logo": logo, "guidelines": first["guidelines"]}
        send = self._calls.send
        return [
            partial(send, "PUT", "/v1/community", community, self._admin),
            partial(send, "PUT", "/v1/community/guidelines", {"text": about["community"]["guidelines"]}, self._admin),
            *self._publish(rulebooks.at_first(self._rulebook, first), self._history.start.isoformat(), first["note"]),
            *self._publish(self._rulebook, self._changed, now["note"]),
            *(
                partial(send, "PUT", f"/v1/rewards/{key}", reward, self._admin)
                for key, reward in about["rewards"].items()
            ),
        ]

    def _publish(self, rulebook: dict[str, Any], since: str, note: str) -> list[partial[Any]]:
        """Put a rulebook in force from an instant on."""
        send, publication = self._calls.send, {"mode": "from", "from": since, "note": note}
        return [
            partial(send, "PUT", "/v1/rulebook/draft", rulebook, self._admin),
            partial(send, "POST", "/v1/rulebook/publications", publication, self._once(f"publication-{since}")),
        ]

    def _try(self) -> list[partial[Any]]:
        """Try on history what a rule could be otherwise, and leave the draft as it was: nothing is decided yet."""
        send = self._calls.send
        calls = []
        for tried in self._about["tried"]:
            backtest = {"from": self._changed, "note": tried["note"]}
            calls += [
                partial(send, "PUT", "/v1/rulebook/draft", rulebooks.with_tried(self._rulebook, tried), self._admin),
                partial(send, "POST", "/v1/rulebook/backtests", backtest, self._once(f"backtest-{tried['rule']}")),
            ]
        return [*calls, partial(send, "PUT", "/v1/rulebook/draft", self._rulebook, self._admin)]

    def _look_out(self, signals: dict[str, Any]) -> None:
        self._calls.send("PUT", "/v1/community/fair-play", signals, self._admin)

    def _give(self, case: dict[str, Any]) -> None:
        """Somebody knows the two, and the award that waited is given."""
        language = next(
            (one.language for one in self._history.people if self._progress.members[one.key] == case["member"]), "ms"
        )
        self._moderators.decide(case["id"], "gave", self._about["looked_at"][language])

    def _once(self, name: str) -> dict[str, str]:
        return self._admin | {"Idempotency-Key": f"demonstration-{name}"}

    def _enrol(self, one: Person) -> None:
        """Enrol a member with their accounts; some of them like to be seen otherwise, or not at all."""
        accounts = [chat.person(one)] if one.telegram else []
        accounts += [forum.person(one)] if one.forum else []
        first, *others = (":".join(quote(account[part], safe="") for part in _IDENTITY) for account in accounts)
        about = {"name": one.name, "language": one.language, "external_id": one.key}
        role = {"role": "staff"} if self._is_staff(one) else {}
        made = self._calls.send("PUT", f"/v1/members/{first}", about | role, self._admin)
        self._progress.members[one.key] = made["id"]
        path = f"/v1/members/{one.key}"
        for identity in others:
            self._calls.send("PUT", f"{path}/identities/{identity}", {}, self._admin)
        likes = {3: {"pseudonym": self._about["pseudonym"]}, 8: {"on_boards": False}}.get(one.number)
        if likes is not None:
            self._calls.send("PUT", f"{path}/preferences", likes, self._admin)

    def _is_staff(self, one: Person) -> bool:
        """Who runs the clinics: somebody who says little."""
        return one.number == len(self._history.people) // 2

    def _import(self, name: str, platform: str | None, lines: list[dict[str, Any]]) -> None:
        progress = self._progress
        if name not in progress.imports:
            asked = {"name": name} | ({} if platform is None else {"source": self._doors.source(platform)})
            once = self._once(name.replace(" ", "-"))
            progress.imports[name] = self._calls.send("POST", "/v1/imports", asked, once)["id"]
            progress.save()
        path = f"/v1/imports/{progress.imports[name]}"
        chunks = [(first + 1, lines[first : first + _CHUNK]) for first in range(0, len(lines), _CHUNK)]
        progress.each(f"{name}: loaded", chunks, lambda chunk: self._load(path, *chunk))
        self._calls.send("POST", f"{path}/close", None, self._admin)

        def recorded() -> int:
            found = self._calls.send("GET", path, None, self._admin)
            return len(lines) if found["state"] == "recorded" else min(found["lines"]["recorded"], len(lines) - 1)

        progress.wait(f"{name}: recorded", len(lines), recorded)

    def _load(self, path: str, first: int, lines: list[dict[str, Any]]) -> None:
        raw = "\n".join(json.dumps(line) for line in lines).encode()
        headers = self._admin | {"Content-Type": "application/x-ndjson"}
        loaded = self._calls.send("POST", f"{path}/lines?first={first}", raw, headers)
        if loaded["bad"]:
            message = f"lines were refused: {loaded['errors'][:3]}"
            raise Refused(message)

    def _lines(self, event: Event) -> list[dict[str, Any]]:
        """The event as activities."""
        if event.what in _CHAT:
            return chat.line(event)
        if event.what in _FORUM:
            return [forum.line(event)]
        return [self._attended(event) if event.what in _CLINIC else self._in_app(event)]

    def _is_hooked(self, event: Event) -> bool:
        """Whether a platform says it by webhook: of likes and solutions the forum's say no instant."""
        if event.what in _CLINIC:
            return True
        since = TODAY if event.what in ("like", "accept") else CONNECTED_FOR
        return event.what not in _APP and event.at >= self._progress.now - since

    def _attended(self, event: Event) -> dict[str, Any]:
        clinic = f"klinik-{event.thing // CLINIC_EVERY + 1}"
        return {
            "kind": "gathering_attended",
            "activity_key": f"{clinic}:{event.who.key}",
            "actor": self._progress.members[event.who.key],
            "occurred_at": event.at.isoformat(),
            "object": {"kind": "gathering", "id": clinic, "tags": ["klinik"]},
            "data": {"minutes": event.amount, "format": "in_person"},
        }

    def _in_app(self, event: Event) -> dict[str, Any]:
        kind, amount = ("feedback_given", "score") if event.what == "feedback" else ("story_shared", "views")
        return {
            "kind": kind,
            "activity_key": f"app:{event.what}:{event.thing}:{event.who.key}",
            "actor": self._progress.members[event.who.key],
            "occurred_at": event.at.isoformat(),
            "data": {amount: event.amount},
        }

    def _say(self, activities: list[dict[str, Any]]) -> None:
        answer = self._calls.send("POST", "/v1/activities/batch", {"activities": activities}, self._ingest)
        refused = [one for one in answer["results"] if one["status"] >= 400]
        if refused:
            message = f"activities were refused: {refused[:3]}"
            raise Refused(message)

    def _deliveries(self, events: list[Event]) -> list[partial[Any]]:
        """What the platforms sent, and in the end what was taken back."""
        doors, members = self._doors, self._progress.members
        sent: list[partial[Any]] = []
        for number, event in enumerate(events, 1):
            if event.what in _CHAT:
                inviter = members[event.other.key] if event.other is not None else ""
                sent.append(partial(doors.telegram, chat.update(event, number, inviter)))
            elif event.what in _FORUM:
                sent.append(partial(doors.discourse, event, number))
        clinics: dict[int, list[Event]] = {}
        for event in events:
            if event.what in _CLINIC:
                clinics.setdefault(event.thing, []).append(event)
        for day, there in clinics.items():
            sent.append(partial(doors.generic, f"klinik-{day}", [self._attended(one) for one in there]))
        return sent + self._taken_back(events)

    def _taken_back(self, events: list[Event]) -> list[partial[Any]]:
        """A post that its author deleted, an answer accepted in error, the bot that counts for nobody."""
        doors, number = self._doors, len(events) + 1
        seconds = int(self._progress.now.timestamp())
        update = chat.bot_says("Klinik Sabtu ini: 10 pagi, dewan serbaguna.", 900_000, seconds, number)
        sent = [partial(doors.telegram, update)]
        written = [one for one in events if one.what == "topic"]
        answers = [one for one in events if one.what == "reply"]
        if written:
            sent.append(partial(doors.discourse, replace(written[-1], what="deleted"), number + 1))
        if answers:
            asker = answers[-1].who
            solution = replace(answers[-1], what="accept", other=asker)
            sent.append(partial(doors.discourse, solution, number + 2))
            sent.append(partial(doors.discourse, replace(solution, what="unaccept"), number + 3))
        return sent

    def _understood(self) -> int:
        waiting = self._calls.send("GET", "/v1/deliveries?state=received&limit=1", None, self._admin)["data"]
        return 0 if waiting else 1

    def _redeem(self, one: Person) -> None:
        """Who has the points for a coffee has one."""
        path = f"/v1/members/{one.key}/balance"
        if self._calls.send("GET", path, None, self._admin)["data"][0]["available"] >= 40:
            self._calls.send("POST", "/v1/redemptions", {"member": one.key, "reward": "kopi"}, self._once(one.key))


def _parts(items: list[dict[str, Any]], size: int) -> list[list[dict[str, Any]]]:
    return [items[first : first + size] for first in range(0, len(items), size)]


def main() -> int:
    """Read the arguments and tell the story; 1 when the service refused a part of it."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Fill a community with a demonstration.")
    parser.add_argument("--url", required=True, help="where the API is")
    parser.add_argument("--bootstrap", type=Path, required=True, help="the file with the keys and the sources")
    parser.add_argument("--progress", type=Path, required=True, help="the file that says how far it is")
    options = parser.parse_args()
    try:
        Story(options.url, json.loads(options.bootstrap.read_text()), Progress(options.progress)).tell()
    except (Refused, OSError) as error:
        print(f"the demonstration stopped: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
