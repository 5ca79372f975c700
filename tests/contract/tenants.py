"""Two communities that have a thing of every sort, told apart by one word that is nowhere else.

What a tenant has is named by where its name stands in a path, so that a matrix over the served document finds something
of it for every path parameter there is. A path or a table that nothing here knows of fails the test that asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Table, select

from loyalty.db import Base
from tests.draining import drain_all
from tests.hooks import Hook
from tests.http import World

_ID = re.compile(r"\b[a-z]{3}_[0-9a-z]{26}\b")


@dataclass(frozen=True)
class Name:
    """What a thing is called. `given` by us it is one in the whole service; chosen, another community may have it too,
    and `shared` both do.
    """

    text: str
    given: bool = False
    shared: bool = False


class Tenant(World):
    """A community in which everything bears the word `mark`, and every amount the number `points`."""

    def __init__(self, app: Flask, mark: str, points: int, versions: int = 1) -> None:
        super().__init__(app, mark)
        self.mark, self.points, self.versions = mark, points, versions
        self._fill()
        drain_all(app)  # so that its boards are there

    def _fill(self) -> None:
        mark = self.mark
        self._made("PUT", "/v1/community", {"name": f"{mark} club", "purpose": f"{mark} purpose", "pages": "closed"})
        self._made("PUT", f"/v1/kinds/{mark}_done", {"name": {"en": f"{mark} kind"}})
        self._made("PUT", "/v1/kinds/shared_done", {"name": {"en": f"{mark} shared kind"}})
        for version in range(self.versions, 0, -1):
            self.publish(self._rulebook() | {"boards": self._rulebook()["boards"][version - 1 :]})
        self.publication = self.get("/v1/rulebook/publications").get_json()["data"][0]["id"]
        self.put("/v1/rulebook/draft", self._rulebook())
        about = {"name": f"{mark} person", "groups": [f"{mark}-group"], "attributes": {"note": f"{mark} note"}}
        self.member = self._made("PUT", f"/v1/members/{mark}-ada", about)["id"]
        self.shared_member = self._made("PUT", "/v1/members/shared-ada", about)["id"]
        for address, member in ((f"discourse:forum:{mark}", self.member), ("discourse:forum:both", "shared-ada")):
            self._made("PUT", f"/v1/members/{member}/identities/{address}", {"handle": f"{mark} handle"})
        self.activities = [self._say(f"{mark}:1", self.member), self._say("shared:1", self.shared_member)]
        self._made("POST", f"/v1/members/{self.member}/adjust", {"points": self.points, "reason": f"{mark} reason"})
        self._made("PUT", "/v1/community/guidelines", {"text": f"{mark} guideline"})
        self._made(
            "PUT", "/v1/community/fair-play", {"self_dealing": {"kinds": [f"{mark}_done"], "attributes": [mark]}}
        )
        breach = {"guideline": f"{mark} rule", "severity": "minor", "reason": f"{mark} because", "note": f"{mark} note"}
        self.breach = self._made("POST", "/v1/breaches", {"member": self.member, **breach})["id"]
        appeal = {"member": self.member, "breach": self.breach, "text": f"{mark} appeal"}
        self.case = self._made("POST", "/v1/appeals", appeal)["id"]
        for key in (f"{mark}-mug", "shared-mug"):
            self._made("PUT", f"/v1/rewards/{key}", {"name": {"en": f"{mark} mug"}, "cost": 1})
        self.redemption = self._redeem()
        self.key_id = self._made("POST", "/v1/keys", {"name": f"{mark} key", "owner": "Root", "scopes": ["read"]})["id"]
        hook = Hook(self, "generic", name=f"{mark} source")
        self.source, self.secret = hook.id, hook.secret
        assert hook.signed({"kind": "post_created", "mark": mark}).status_code == 200
        self.delivery = self.get("/v1/deliveries").get_json()["data"][0]["id"]
        self.imported = self._made("POST", "/v1/imports", {"name": f"{mark} import", "source": self.source})["id"]
        line = f'{{"kind": "{mark}_undone"}}'
        self._made("POST", f"/v1/imports/{self.imported}/lines?first=1", data=line, content_type="application/x-ndjson")
        tried = {"version": 1, "note": f"{mark} try"}
        self.backtest = self._made("POST", "/v1/rulebook/backtests", tried)["id"]
        self.token = self._made("POST", f"/v1/members/{self.member}/tokens", {})["token"]

    def _made(self, method: str, path: str, body: Any = None, **request: Any) -> Any:
        answer = self.call(method, path, **({} if body is None else {"json": body}), **request)
        assert answer.status_code in (200, 201, 202), (path, answer.get_json())
        return answer.get_json()

    def _say(self, key: str, helper: str) -> str:
        said: str = self._made("POST", "/v1/activities", self.answered(helper, activity_key=key))["activity"]["id"]
        return said

    def _redeem(self) -> str:
        made: str = self._made("POST", "/v1/redemptions", {"member": self.member, "reward": f"{self.mark}-mug"})["id"]
        return made

    def _rulebook(self) -> dict[str, Any]:
        mark, both = self.mark, (f"{self.mark}-thing", "shared-thing")

        def named(key: str, **more: Any) -> dict[str, Any]:
            return {"key": key, "name": {"en": f"{mark} {key}"}, **more}

        said = {"on": "answer_accepted", "earns": "beneficiary", "gives": [{"points": self.points}]}
        return {
            "rules": [named(key, **said) for key in both],
            "badges": [named(key, needs={"earned": {"points": 1}}) for key in both],
            "boards": [named(key, period="all" if key == "shared-thing" else "month") for key in both],
            "tiers": {"currency": "points", "period": "ever", "levels": [named(f"{mark}-tier", reach=0)]},
        }

    def names(self, segment: str) -> list[Name]:
        """What this community has of what a path names behind `segment`, such as `members`."""
        mark = self.mark
        given = {
            "activities": self.activities[:1],
            "members": [self.member],
            "imports": [self.imported],
            "redemptions": [self.redemption],
            "keys": [self.key_id],
            "sources": [self.source],
            "deliveries": [self.delivery],
            "publications": [self.publication],
            "cases": [self.case],
            "breaches": [self.breach],
            "backtests": [self.backtest],
        }
        chosen = {
            "members": ([f"external:{mark}-ada", f"discourse:forum:{mark}"], ["shared-ada", "discourse:forum:both"]),
            "identities": ([f"discourse:forum:{mark}"], ["discourse:forum:both"]),
            "rewards": ([f"{mark}-mug"], ["shared-mug"]),
            "kinds": ([f"{mark}_done"], ["shared_done"]),
            "versions": ([str(self.versions)], ["1"]),
        } | dict.fromkeys(("rules", "badges", "awards", "leaderboards"), ([f"{mark}-thing"], ["shared-thing"]))
        own, shared = chosen.get(segment, ([], []))
        return [
            *(Name(text, given=True) for text in given.get(segment, [])),
            *(Name(text) for text in own),
            *(Name(text, shared=True) for text in shared),
        ]

    def rows(self, connection: Connection) -> Iterator[tuple[str, str]]:
        """Every row of this community, as the table's name and a text."""
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(table.select().where(_whose(table, self.id))):
                yield table.name, repr(tuple(row))

    def unmistakable(self, connection: Connection) -> set[str]:
        """Every id of this community, every text with its word, its number, and what opens its doors."""
        text = "\n".join(row for _, row in self.rows(connection))
        found = set(_ID.findall(text)) | set(re.findall(rf"{self.mark}[\w:-]*", text))
        return {*found, *self.keys.values(), self.secret, self.token, self.mark, str(self.points)}


def _whose(table: Table, community_id: str) -> Any:
    """The condition under which a row belongs to the community."""
    if table.name == "communities":
        return table.c.id == community_id
    if "community_id" in table.c:
        return table.c.community_id == community_id
    owners = [key.column for key in table.foreign_keys if "community_id" in key.column.table.c]
    assert owners, f"nothing says to which community a row of {table.name} belongs"
    of_theirs = select(owners[0]).where(owners[0].table.c.community_id == community_id)
    (column,) = (key.parent for key in table.foreign_keys if key.column is owners[0])
    return column.in_(of_theirs)
