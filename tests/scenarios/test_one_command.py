"""The one command, as a newcomer runs it: everything starts, says where it is, and is gone when it ends."""

import fcntl
import http.client
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]


@contextmanager
def service(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """The service on a free port, once it is ready: its supervisor and what its ready.json says."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "-m", "supervisor", "--port", "0", "--data", str(data), *options]
    ready = data / "ready.json"
    ready.unlink(missing_ok=True)
    with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as supervisor:
        try:
            until_there(ready, supervisor)
            yield supervisor, json.loads(ready.read_text())
        finally:
            supervisor.terminate()


def until_there(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait for a file that the process is to make."""

    def there_or_over() -> bool:
        return path.exists() or process.poll() is not None

    until(there_or_over)
    assert path.exists(), f"it ended before it made {path.name}"


def call(ready: dict[str, Any], key: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(ready["url"]).netloc, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {ready['keys'][key]}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text else None


def activity(key: str) -> dict[str, Any]:
    who = {"platform": "app", "scope": "main", "id": "ada"}
    at = datetime.now(UTC).isoformat()
    return {"kind": "post_created", "activity_key": key, "actor": who, "occurred_at": at}


def until_nothing_is_left(data: Path) -> None:
    """Wait until no process of the service lives: every one of them inherits the folder's lock."""
    with (data / "children.lock").open("r+") as lock:

        def free() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        until(free)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "a folder with spaces" / "data"


def test_it_starts_stops_and_goes_on_with_the_same_data(data: Path) -> None:
    with service(data, "--no-demo") as (supervisor, first):
        assert stat.S_IMODE((data / "ready.json").stat().st_mode) == 0o600
        assert set(first) >= {"url", "keys", "community", "sources"}
        assert set(first["keys"]) == {"admin", "ingest", "read"}
        assert first["sources"]["telegram"]["hook_url"].startswith(first["url"] + "/v1/hooks/")
        status, said = call(first, "ingest", "POST", "/v1/activities", activity("a"))
        assert status == 201, said

        supervisor.send_signal(signal.SIGTERM)

        assert supervisor.wait(PATIENCE) == 0
    until_nothing_is_left(data)

    with service(data, "--no-demo") as (supervisor, second):
        assert second["keys"] == first["keys"]
        status, kept = call(second, "read", "GET", f"/v1/activities/{said['activity']['id']}")
        assert (status, kept["activity"]["activity_key"]) == (200, said["activity"]["activity_key"])

        supervisor.send_signal(signal.SIGINT)

        assert supervisor.wait(PATIENCE) == 0
    until_nothing_is_left(data)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_killing_the_supervisor_leaves_no_process_and_loses_nothing(data: Path) -> None:
    with service(data, "--no-demo") as (supervisor, first):
        status, said = call(first, "ingest", "POST", "/v1/activities", activity("a"))
        assert status == 201, said

        supervisor.kill()
        supervisor.wait()

    until_nothing_is_left(data)
    with service(data, "--no-demo") as (_, second):
        assert call(second, "read", "GET", f"/v1/activities/{said['activity']['id']}")[0] == 200


def children(pid: int) -> list[int]:
    """The processes that this one started and that still are."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_api(pid: int) -> bool:
    try:
        return b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_killing_the_supervisor_while_the_api_starts_leaves_no_process(data: Path) -> None:
    command = [sys.executable, "-m", "supervisor", "--port", "0", "--data", str(data), "--no-demo"]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as supervisor:

        def api_starts() -> bool:
            assert supervisor.poll() is None, "it ended before it started the API"
            return any(children(api) for api in children(supervisor.pid) if is_api(api))

        until(api_starts)
        supervisor.kill()
    until_nothing_is_left(data)


def test_a_second_one_on_the_same_data_or_port_is_refused_with_the_reason(tmp_path: Path, data: Path) -> None:
    def start(folder: Path, port: int | None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "supervisor", "--port", str(port), "--data", str(folder)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)

    with service(data, "--no-demo") as (_, ready):
        port = urlsplit(ready["url"]).port
        same_data = start(data, 0)
        same_port = start(tmp_path / "other", port)

    assert (same_data.returncode, same_port.returncode) == (1, 1)
    assert f"another one runs on {data}" in same_data.stderr
    assert f"port {port} cannot be used" in same_port.stderr


def test_the_demonstration_is_told_over_http_goes_on_where_it_was_killed_and_then_goes_on_living(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETIA_DEMO_MEMBERS", "10")
    progress = data / "demonstration.json"
    command = [sys.executable, "-m", "supervisor", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as supervisor:
        until_there(progress, supervisor)
        supervisor.kill()
    until_nothing_is_left(data)
    began = json.loads(progress.read_text())["now"]

    with service(data, "--live") as (_, ready):
        assert set(ready["sources"]) == {"generic", "telegram", "discourse"}
        assert json.loads(progress.read_text())["now"] == began
        status, community = call(ready, "read", "GET", "/v1/community")
        assert (status, community["name"], community["languages"]) == (200, "Baiki Bersama", ["ms", "en"])
        _, season = call(ready, "read", "GET", "/v1/leaderboards/season/entries")
        assert season["total"] > 3
        _, imports = call(ready, "admin", "GET", "/v1/imports")
        assert {one["state"] for one in imports["data"]} == {"recorded"}
        assert {one["lines"]["known"] + one["lines"]["refused"] for one in imports["data"]} == {0}
        _, failed = call(ready, "admin", "GET", "/v1/deliveries?state=failed")
        assert failed["data"] == []
        told = call(ready, "admin", "GET", "/v1/deliveries?limit=1")[1]["data"]
        until(lambda: call(ready, "admin", "GET", "/v1/deliveries?limit=1")[1]["data"] != told, every=0.5)

    with service(data) as (_, again):
        assert call(again, "read", "GET", "/v1/leaderboards/season/entries")[1]["total"] >= season["total"]
        assert len(call(again, "admin", "GET", "/v1/imports")[1]["data"]) == len(imports["data"])
