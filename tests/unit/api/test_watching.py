"""What operators see: log lines, measures, readiness; and that nothing secret is in any of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from jobs import queues
from loyalty import clock, notices
from loyalty.models import Notice
from telemetry import logs
from tests.databases import Database
from tests.draining import drain_all
from tests.http import World, refusal

PRIVATE = "deifissalc"[::-1]  # backwards, since a traceback shows the lines of this file


class Recorder:
    """Every line that was written, as it was written."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured, self._text = captured, ""

    @property
    def text(self) -> str:
        self._text += self._captured.readouterr().err
        return self._text

    def events(self, name: str) -> list[dict[str, object]]:
        read = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in read if line["event"] == name]


@pytest.fixture
def recorder(app: Flask, capsys: pytest.CaptureFixture[str]) -> Iterator[Recorder]:
    logs.configure("debug", readable=False)
    yield Recorder(capsys)
    logs.configure("warning")


class TestLogs:
    def test_an_activity_is_followed_from_its_hook_to_its_booking(
        self, app: Flask, world: World, recorder: Recorder
    ) -> None:
        world.publish()
        connected = world.put("/v1/sources/forum", {"platform": "generic"}).get_json()
        body = json.dumps([world.answered("app::ada", activity_key="forum:solved:9")])
        sent = world.client.post(
            "/v1/hooks/forum",
            data=body,
            headers={**signed(connected["secret"], body), "X-Request-Id": "from-the-proxy-1"},
            content_type="application/json",
        )
        assert sent.status_code == 200, sent.data
        drain_all(app)

        (request,) = [line for line in recorder.events("request") if line["path"] == "/v1/hooks/forum"]
        (read,) = recorder.events("delivery_read")
        assert sent.headers["X-Request-Id"] == request["request_id"] == "from-the-proxy-1"
        assert request["deliveries"] == [read["delivery"]]
        assert (read["source"], read["state"]) == ("forum", "processed")
        (fact,) = read["facts"]  # type: ignore[misc]  # a list
        booked = world.get(f"/v1/activities/{fact}").get_json()
        assert booked["activity"]["activity_key"].endswith("forum:solved:9")
        assert booked["decisions"][0]["outcome"] == "given"

    def test_a_request_line_says_who_asked_for_what_and_how_it_ended(self, world: World, recorder: Recorder) -> None:
        world.publish()
        answer = world.post("/v1/activities", world.answered("app::ada"), key="ingest")

        line = recorder.events("request")[-1]
        assert line["facts"] == [answer.get_json()["activity"]["id"]]
        assert line["community"] == world.id
        assert str(world.keys["ingest"]).startswith(str(line["key"]))
        assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/activities", 201)
        assert line["request_id"] == answer.headers["X-Request-Id"]

    def test_a_dry_run_is_no_fact(self, world: World, recorder: Recorder) -> None:
        world.publish()
        world.post("/v1/activities?dry_run=true", world.answered("app::ada"), key="ingest")

        assert "facts" not in recorder.events("request")[-1]

    @pytest.mark.parametrize("given", ["short", "x" * 200, 'a"quote-inside', "spaces are out"])
    def test_a_request_id_that_is_not_sane_is_replaced(self, world: World, given: str) -> None:
        answer = world.client.get("/healthz", headers={"X-Request-Id": given})

        assert answer.headers["X-Request-Id"].startswith("req_")

    def test_nothing_secret_is_ever_written_down(
        self, app: Flask, world: World, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.publish()
        world.enrol("ada")
        connected = world.put("/v1/sources/forum", {"platform": "generic"}).get_json()
        token = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
        world.get("/v1/members/me/balance", key=token)
        made = world.post("/v1/keys", {"name": "app", "owner": "Root", "scopes": ["read"]}).get_json()
        body = json.dumps([world.answered("app::ada", data={"note": PRIVATE})])
        headers = signed(connected["secret"], body)
        for sent in (headers, {**headers, "webhook-signature": "v1,a-wrong-signature"}):
            world.client.post("/v1/hooks/forum", data=body, headers=sent, content_type="application/json")
        world.get("/v1/kinds?limitt=a-private-query")

        def fail(session: Session, *_: object, **__: object) -> None:
            session.execute(text("SELECT :secret FROM nowhere"), {"secret": PRIVATE})

        monkeypatch.setattr("loyalty.kinds.list_for", fail)
        assert world.get("/v1/kinds").status_code in (500, 503)
        monkeypatch.setattr("loyalty.deliveries.process", fail)
        world.client.post(
            "/v1/hooks/forum",
            data=body,
            headers=signed(connected["secret"], body, "msg_2"),
            content_type="application/json",
        )
        with pytest.raises(Exception, match="nowhere"):
            drain_all(app)

        written = recorder.text
        secrets = [*world.keys.values(), token, made["key"], connected["secret"], headers["webhook-signature"]]
        for secret in [
            *secrets,
            PRIVATE,
            "a-private-query",
            "a-wrong-signature",
            app.extensions["setia"].secret.decode(),
        ]:
            assert secret not in written
        assert len(recorder.events("request")) > 5


class TestMetrics:
    def test_requests_and_facts_are_counted(self, world: World) -> None:
        world.publish()
        before = measures(world)
        activity = world.answered("app::ada")
        for _ in range(2):
            world.post("/v1/activities", activity, key="ingest")

        now = measures(world)

        def grown(name: str) -> float:
            return now.get(name, 0) - before.get(name, 0)

        assert grown('setia_facts_total{platform="discourse",status="recorded"}') == 1
        assert grown('setia_facts_total{platform="discourse",status="replayed"}') == 1
        route = 'method="POST",route="/v1/activities"'
        assert grown(f'setia_request_seconds_count{{{route},status="201"}}') == 1
        assert grown(f'setia_request_seconds_count{{{route},status="200"}}') == 1

    def test_lags_and_the_queue_are_told_as_they_are(self, world: World, valkey_url: str) -> None:
        world.publish()
        world.earn("app::ada")
        with Redis.from_url(valkey_url) as redis:
            queues.kick(redis)

        now = measures(world)

        assert now['setia_waiting{what="outbox"}'] >= 1
        assert now['setia_lag_seconds{what="boards"}'] >= 0
        assert (now["setia_queue_depth"], now["setia_workers"]) == (1, 0)
        assert (now["setia_redis_up"], now["setia_database_up"]) == (1, 1)

    def test_strangers_see_nothing(self, world: World) -> None:
        far = world.client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"})
        brought = world.client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})

        assert refusal(far) == refusal(brought) == (403, "metrics_are_local")


class TestReadiness:
    def test_it_says_what_is_wrong_and_goes_on(self, world: World) -> None:
        answer = world.client.get("/readyz", headers={"Accept-Language": "ms"})

        said = answer.get_json()
        assert (answer.status_code, said["status"]) == (200, "degraded")
        assert said["degraded"] == ["workers", "ticks"]  # the tests run neither
        assert said["checks"]["workers"]["detail"] == "Tiada pekerja: tiada apa-apa dilaksanakan."
        assert said["checks"]["database"] == {"status": "ok", "detail": "Pangkalan data menjawab."}

    def test_notices_that_wait_too_long_are_named(self, world: World, session: Session) -> None:
        notices.publish(session, notices.BOARDS_REBUILD, world.id, {})
        session.execute(update(Notice).values(due_at=clock.now() - 90 * clock.SECOND))
        session.commit()

        said = world.client.get("/readyz").get_json()

        assert "outbox" in said["degraded"]
        assert said["checks"]["outbox"]["detail"].startswith("1 notices wait, the oldest for 9")

    def test_what_counts_from_the_beginning_has_waited_only_since_it_was_published(self, world: World) -> None:
        world.publish()
        said = world.client.get("/readyz").get_json()
        assert said["checks"]["outbox"] == {"status": "ok", "detail": "1 notices wait."}
        assert world.get("/v1/jobs").get_json()["lags"]["outbox"]["oldest_seconds"] < 60

    @pytest.mark.parametrize(("fresh", "told"), [(3_600, False), (0, True)])
    def test_what_was_found_is_told_again_for_a_moment(
        self, world: World, session: Session, monkeypatch: pytest.MonkeyPatch, fresh: float, told: bool
    ) -> None:
        monkeypatch.setattr("api.health.FRESH_SECONDS", fresh)
        before = world.client.get("/readyz").get_json()
        notices.publish(session, notices.BOARDS_REBUILD, world.id, {})
        session.execute(update(Notice).values(due_at=clock.now() - 90 * clock.SECOND))
        session.commit()

        assert "outbox" not in before["degraded"]
        assert ("outbox" in world.client.get("/readyz").get_json()["degraded"]) is told

    def test_tables_of_another_version_are_a_reason_to_stop(self, world: World, database: Database) -> None:
        with database.engine.begin() as connection:
            before = connection.scalar(text("SELECT version_num FROM alembic_version"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        try:
            answer = world.client.get("/readyz")
        finally:
            with database.engine.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})

        assert (answer.status_code, answer.get_json()["status"]) == (503, "unavailable")
        assert "db upgrade" in answer.get_json()["checks"]["migrations"]["detail"]


class TestJobs:
    def test_an_admin_sees_what_waits_and_what_fails_in_the_community(
        self, world: World, noise: World, session: Session, valkey_url: str
    ) -> None:
        notices.publish(session, notices.BOARDS_REBUILD, world.id, {})
        session.execute(update(Notice).where(Notice.community_id == world.id).values(error="ValueError", attempts=3))
        session.commit()
        with Redis.from_url(valkey_url) as redis:
            queues.kick(redis)

        said = world.get("/v1/jobs").get_json()

        assert said["lags"]["outbox"]["count"] == 1  # and nothing of the other community
        assert [(one["kind"], one["reason"], one["attempts"]) for one in said["failing"]] == [
            ("boards.rebuild", "ValueError", 3)
        ]
        assert (said["queue"]["queued"], said["queue"]["workers"]) == (1, [])


def measures(world: World) -> dict[str, float]:
    answer = world.client.get("/metrics")
    assert answer.status_code == 200
    lines = [line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def signed(secret: str, body: str, message: str = "msg_1") -> dict[str, str]:
    at = datetime.now(UTC)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, at, body),
    }
