"""What moderators had to judge: breaches of the guidelines, an appeal, and awards that were withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demo.calls import Calls
from demo.people import Person


class Moderators:
    """Those who answer for the community, and hold its admin key."""

    def __init__(self, calls: Calls, admin: Mapping[str, str], people: Sequence[Person]) -> None:
        self._calls, self._admin, self._people = calls, dict(admin), people

    def judge(self, one: dict[str, Any]) -> None:
        """Confirm a breach, and hear its member where they appeal: they are right. Raises `Refused`."""
        person = self._people[one["person"] % len(self._people)]
        said = {name: one[name][person.language] for name in ("guideline", "reason", "appeal", "answer") if name in one}
        breach = {"member": person.key, "severity": one["severity"]}
        breach |= {"guideline": said["guideline"], "reason": said["reason"]}
        name = f"judged-{one['person']}"
        made = self._send("/v1/breaches", breach, name)
        if "appeal" in one:
            token = self._calls.send("POST", f"/v1/members/{person.key}/tokens", {}, self._admin)["token"]
            asks = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"demonstration-{name}"}
            appeal = self._calls.send("POST", "/v1/appeals", {"breach": made["id"], "text": said["appeal"]}, asks)
            self.decide(appeal["id"], "overturned", said["answer"])

    def withheld(self) -> list[dict[str, Any]]:
        """The awards that wait, or waited, for somebody to look at them; the oldest first."""
        found = self._calls.send("GET", "/v1/cases?kind=award&limit=200", None, self._admin)["data"]
        return list(reversed(found))

    def decide(self, case: str, outcome: str, reason: str) -> None:
        """Decide a case. Raises `Refused`."""
        self._send(f"/v1/cases/{case}/decide", {"outcome": outcome, "reason": reason}, f"decided-{case}")

    def _send(self, path: str, body: dict[str, Any], name: str) -> Any:
        once = self._admin | {"Idempotency-Key": f"demonstration-{name}"}
        return self._calls.send("POST", path, body, once)
