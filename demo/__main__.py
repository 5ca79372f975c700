"""`python -m demo --url URL --bootstrap FILE`: tell the service the story of the demonstration community.

FILE holds the keys and the sources, as the service wrote them down. Everything goes over HTTP, as it would from an app
and from Telegram; telling the story twice changes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from demo.calls import Calls, Refused
from demo.story import Story

ABOUT = Path(__file__).with_name("community.json")
_BATCH = 100


def tell(url: str, ready: dict[str, Any]) -> None:
    """Set the community up and let its two weeks happen. Raises `Refused`."""
    calls, about = Calls(url), json.loads(ABOUT.read_text(encoding="utf-8"))
    story = Story(about, datetime.now(UTC))
    admin, ingest = ({"Authorization": f"Bearer {ready['keys'][name]}"} for name in ("admin", "ingest"))

    calls.send("PUT", "/v1/community", about["community"], admin)
    calls.send("PUT", "/v1/rulebook/draft", about["rulebook"], admin)
    calls.send("POST", "/v1/rulebook/publications", {"mode": "retroactive", "note": "Mula. The start."}, admin)
    for key, reward in about["rewards"].items():
        calls.send("PUT", f"/v1/rewards/{key}", reward, admin)

    for number, name in enumerate(story.names):
        language, path = "en" if number % 3 == 1 else "ms", f"/v1/members/{story.key(number)}"
        calls.send("PUT", path, {"name": name, "language": language}, admin)
        for identity in (f"app:kelab:{story.key(number)}", story.telegram_id(number)):
            calls.send("PUT", f"{path}/identities/{quote(identity, safe=':')}", {}, admin)

    activities = list(story.activities())
    for start in range(0, len(activities), _BATCH):
        batch = {"activities": activities[start : start + _BATCH]}
        calls.send("POST", "/v1/activities/batch", batch, ingest)
    hook = ready["sources"]["telegram"]
    for update in story.updates():
        token = {"X-Telegram-Bot-Api-Secret-Token": hook["secret"]}
        calls.send("POST", urlsplit(hook["hook_url"]).path, update, token)

    keeper = {"Idempotency-Key": "demonstration"}
    redemption = {"member": story.key(0), "reward": "penanda-buku"}
    calls.send("POST", "/v1/redemptions", redemption, admin | keeper)


def main() -> int:
    """Read the arguments and tell the story; 1 when the service refused a part of it."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Fill a community with a demonstration.")
    parser.add_argument("--url", required=True, help="where the API is")
    parser.add_argument("--bootstrap", type=Path, required=True, help="the file with the keys and the sources")
    options = parser.parse_args()
    try:
        tell(options.url, json.loads(options.bootstrap.read_text()))
    except (Refused, OSError) as error:
        print(f"the demonstration stopped: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
