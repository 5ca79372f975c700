"""Redis flushed, killed, restarted, slow: facts are taken, answers say what is stale, and all of it mends itself."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import get_current_job

from api.app import create_app
from jobs import queues
from loyalty import board_windows, leaderboards, notices, rankings
from loyalty.db import db
from supervisor.children import Child, KeptChild
from supervisor.short_folder import short_folder
from supervisor.valkey import start_valkey
from tests.databases import Database
from tests.draining import drain_all
from tests.http import World, refusal
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
BOARD = "/v1/leaderboards/all/entries"


class Service:
    """A community whose Valkey a test may break, with a real worker and clock beside it once they are asked for."""

    def __init__(self, database: Database, after: ExitStack) -> None:
        self.folder = after.enter_context(short_folder())
        self.url = f"unix://{self.folder}/v"
        self._after = after
        self._children: list[KeptChild] = []
        self._environment = {
            **os.environ,
            "DATABASE_URL": database.url,
            "REDIS_URL": self.url,
            "SETIA_SECRET": database.settings().secret.decode(),
        }
        self.start_valkey()
        after.callback(lambda: self.valkey.stop(timeout=10))
        app = create_app(
            database.settings(self.url),
            on_commit=lambda: queues.kick(app.extensions["setia.redis"]),
            rate_limit="1000 per minute",
        )
        self.world = World(app, "garden")
        after.callback(self._forget_connections)
        self.world.publish()

    def _forget_connections(self) -> None:
        with self.world.app.app_context():
            db.engine.dispose()
            self.world.app.extensions["setia.redis"].close()

    def start_valkey(self) -> None:
        self.valkey: Child = start_valkey(self.folder, self.folder / "v")

    def kill_valkey(self, *, keep_file: bool) -> None:
        os.kill(self.valkey.pid, signal.SIGKILL)
        self.valkey.stop(timeout=5)
        if not keep_file:
            for path in self.folder.glob("appendonlydir/*"):
                path.unlink()

    def start_jobs(self, output: IO[bytes] | None = None) -> None:
        for module in ("jobs.worker", "jobs.clock"):
            child = KeptChild(lambda module=module: self._python(module, output))  # type: ignore[misc]  # bound now
            self._children.append(child)
            self._after.callback(child.stop, 15)

    def _python(self, module: str, output: IO[bytes] | None) -> Child:
        command = [sys.executable, "-m", module]
        return Child(module, command, cwd=ROOT, environment=self._environment, output=output)

    def until(self, true: Callable[[], bool]) -> None:
        """Look after the processes, as a supervisor does, until it is so."""

        def looked_after() -> bool:
            for child in self._children:
                child.look_after()
            return true()

        until(looked_after, every=0.1)

    def board(self) -> dict[str, Any]:
        answer = self.world.get(BOARD)
        assert answer.status_code == 200, answer.get_json()
        board: dict[str, Any] = answer.get_json()
        return board

    def built(self) -> bool:
        with Redis.from_url(self.url) as redis, self.world.app.app_context():
            try:
                return leaderboards.unbuilt(db.session(), redis, self.world.id) == []
            except RedisError:
                return False
            finally:
                db.session.remove()

    def answers_from_redis(self) -> bool:
        return self.built() and not self.board()["stale"]

    def drain(self) -> None:
        drain_all(self.world.app)
        with self.world.app.app_context():
            db.session.remove()


@pytest.fixture
def service(database: Database) -> Iterator[Service]:
    with ExitStack() as after:
        yield Service(database, after)


def test_changes_on_their_way_make_an_answer_stale_and_nothing_else_does(service: Service) -> None:
    service.world.earn("app::ada", 2)
    assert not service.board()["stale"]  # no board was built yet: the database says it, and it knows
    service.drain()
    before = service.board()
    assert not before["stale"]

    service.world.earn("app::ada")
    late = service.board()
    assert (late["data"], late["stale"]) == (before["data"], True)

    service.drain()
    now = service.board()
    assert (now["data"][0]["score"], now["stale"]) == (30, False)


def test_flushed_killed_and_restarted_boards_come_back_equal_by_themselves(service: Service) -> None:
    service.start_jobs()
    service.world.earn("app::ada", 2)
    service.world.earn("app::ben")
    service.until(service.answers_from_redis)
    before = service.board()
    assert [row["score"] for row in before["data"]] == [20, 10]

    with Redis.from_url(service.url) as redis:
        redis.flushall()
    assert service.board() == before
    service.until(service.answers_from_redis)
    assert service.board() == before

    service.kill_valkey(keep_file=False)
    service.world.earn("app::ben", 2)
    without = service.board()
    assert [(row["rank"], row["score"]) for row in without["data"]] == [(1, 30), (2, 20)]
    ready = service.world.client.get("/readyz")
    assert (ready.status_code, "redis" in ready.get_json()["degraded"]) == (200, True)
    assert service.world.get("/v1/jobs").get_json()["queue"] is None

    service.start_valkey()
    service.until(service.answers_from_redis)
    assert service.board() == without
    service.until(lambda: service.world.client.get("/readyz").get_json()["status"] == "ok")


def lose_everything() -> None:
    """A job amid which Redis is emptied."""
    job = get_current_job()
    assert job is not None
    job.connection.flushall()


def test_a_job_whose_record_is_lost_while_it_runs_is_done_and_no_error(service: Service, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with log.open("ab") as output:
        service.start_jobs(output)
    with Redis.from_url(service.url) as redis:
        queues.queue(redis).enqueue("tests.scenarios.test_redis_lost.lose_everything", result_ttl=0)
        service.until(lambda: "job_forgotten" in log.read_text())
        service.until(service.built)
        service.until(lambda: redis.keys("rq:job:*") == [])
    assert "Traceback" not in log.read_text()


def test_killed_with_its_file_it_goes_on_where_it_was(service: Service) -> None:
    service.world.earn("app::ada", 2)
    service.drain()
    before = service.board()

    service.kill_valkey(keep_file=True)
    service.start_valkey()

    assert service.built()
    assert service.board() == before


def test_while_it_is_away_repetitions_and_limits_hold(service: Service) -> None:
    service.kill_valkey(keep_file=False)
    key = {"name": "app", "owner": "Root", "scopes": ["read"]}

    first, again = (service.world.post("/v1/keys", key, headers={"Idempotency-Key": "the same"}) for _ in range(2))

    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    statuses = {service.world.get("/v1/community", key="read").status_code for _ in range(5)}
    assert statuses == {200}


def test_slow_it_costs_one_request_and_not_each(service: Service) -> None:
    os.kill(service.valkey.pid, signal.SIGSTOP)
    try:
        service.world.earn("app::ada")
        asked = service.world.app.extensions["setia.redis"]
        with pytest.raises(RedisError, match="left alone"):  # at once: the clients of that time wait for nothing
            asked.ping()
        service.world.earn("app::ada")
        assert service.board()["data"][0]["score"] == 20
    finally:
        os.kill(service.valkey.pid, signal.SIGCONT)

    service.until(lambda: service.world.client.get("/readyz").get_json()["checks"]["redis"]["status"] == "ok")
    service.drain()
    assert service.built()


def test_a_board_too_large_to_make_up_for_a_reader_is_refused_until_it_is_built(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.world.earn("app::ada")
    service.world.earn("app::ben")
    monkeypatch.setattr(rankings, "MOST_WITHOUT_REDIS", 1)

    answer = service.world.get(BOARD)
    assert refusal(answer) == (503, "board_unavailable")
    assert answer.headers["Retry-After"] == "5"

    service.drain()
    assert service.board()["total"] == 2


def test_doubted_boards_of_the_past_are_read_from_the_database(service: Service) -> None:
    service.world.earn("app::ada")
    service.drain()
    day = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    with Redis.from_url(service.url) as redis, service.world.app.app_context():
        session = db.session()
        past = board_windows.present(session, service.world.id)[-1]._replace(period="day", label=day)
        assert leaderboards.build(session, redis, service.world.id, past)
        notices.publish(session, notices.BOARDS_REBUILD, service.world.id, {})
        session.commit()
        before = len(redis.keys(f"setia:*{day}*"))

        service.drain()

        assert (before > 0, redis.keys(f"setia:*{day}*")) == (True, [])
    assert service.built()
