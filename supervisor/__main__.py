"""Start everything in the order of need, keep it alive, end it in the reverse order."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from supervisor import data_folder
from supervisor.children import Child, KeptChild
from supervisor.data_folder import FolderTaken, write_private
from supervisor.options import parse_options
from supervisor.short_folder import short_folder
from supervisor.valkey import ValkeyDidNotStart, start_valkey

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN = 60  # seconds, from the start of the API to its first good answer
STOP_WITHIN = 15  # seconds, for a child to end in good order: more than a request or a job takes
MOST_WORKERS = 8  # of jobs; a bigger machine is told how many by whoever runs it


class CannotRun(Exception):
    """Why the service does not start, in words for the person who starts it."""


class StopAsked(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""


def main() -> None:
    """Run until somebody asks to stop."""
    options = parse_options(sys.argv[1:])
    try:
        with ExitStack() as running:
            service = Service(options.data, options.port, running)
            _serve(service, options.api_workers, demonstrate=not options.no_demo, live=options.live)
    except StopAsked:
        print("Everything is stopped; nothing is lost.", flush=True)
    except (CannotRun, FolderTaken, ValkeyDidNotStart) as reason:
        raise SystemExit(f"Setia does not start: {reason}") from None


class Service:
    """One data folder being served: its lock, its URL, what its processes are told, and those processes.

    Whatever is started is put on `running`, which ends it in the reverse order.
    """

    def __init__(self, data: Path, port: int, running: ExitStack) -> None:
        """Take the folder and the port. Raises `CannotRun`."""
        self.data = data
        self._running = running
        self._children: list[KeptChild] = []
        self._stop_asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks to outlive the terminal
            signal.signal(signal.SIGHUP, self._ask_to_stop)
        os.umask(0o077)  # keys, secrets and people's data: for the owner alone
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = data_folder.take(data)
        self.url = f"http://127.0.0.1:{_free(port)}"
        self.environment = {
            "DATABASE_URL": f"sqlite:///{data}/setia.sqlite",
            "SETIA_PUBLIC_URL": self.url,
            "SETIA_LOG_LEVEL": "warning",  # a line for each request would hide what is told to whoever started it
            **{name: value for name, value in os.environ.items() if value},  # an empty one counts as not set
            "FLASK_APP": "wsgi",
            "PYTHONUNBUFFERED": "1",
        }
        if "PROMETHEUS_MULTIPROC_DIR" not in self.environment:
            self.environment["PROMETHEUS_MULTIPROC_DIR"] = str(data_folder.empty(data / "metrics"))
        if "SETIA_SECRET" not in self.environment:
            self.environment["SETIA_SECRET"] = data_folder.secret(data)

    def python(self, name: str, *arguments: str) -> Child:
        """Start a Python of our environment in the project's folder."""
        command = [sys.executable, *arguments]
        return Child(name, command, cwd=ROOT, environment=self.environment, keeps_open=[self._lock])

    def keep(self, start: Callable[[], Child]) -> None:
        """Start a child, and again whenever it dies, until all is stopped."""
        child = KeptChild(start)
        self._running.callback(child.stop, STOP_WITHIN)
        self._children.append(child)

    def embed_valkey(self) -> None:
        """Bring our own Redis along. Its socket is not in the data folder, whose path may be too long for one."""
        folder = self._running.enter_context(short_folder())
        self.environment["REDIS_URL"] = f"unix://{folder}/valkey"
        self.keep(lambda: start_valkey(self.data, folder / "valkey", [self._lock]))

    def run(self, *arguments: str) -> int:
        """Look after the others until this command has ended; answers its exit status."""
        child = self.python(" ".join(arguments), *arguments)
        try:
            while (status := child.exit_status()) is None:
                self.look_after()
            return status
        finally:
            child.stop(STOP_WITHIN)

    def look_after(self) -> None:
        """Start again who died; to be called over and over. Raises `StopAsked`."""
        for child in self._children:
            child.look_after()
        time.sleep(0.1)
        if self._stop_asked:
            raise StopAsked

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        self._stop_asked = True  # `look_after` sees it, so that nothing is ever left half started


def _serve(service: Service, api_workers: int | None, *, demonstrate: bool, live: bool) -> NoReturn:
    """Start everything in the order of need and keep it alive. Raises `CannotRun`, and `StopAsked` in the end."""
    ready = service.data / "ready.json"
    ready.unlink(missing_ok=True)  # it was true of an earlier start
    if "REDIS_URL" not in service.environment:
        _tell("Starting the embedded Valkey")
        service.embed_valkey()
    _tell("Bringing the database up to date")
    if service.run("-m", "flask", "db", "upgrade") != 0:
        raise CannotRun("the database could not be migrated; the reason is above")
    made = service.data / "bootstrap.json"
    if not made.exists():
        _tell("Making the first community and its keys")
        draft = made.with_suffix(".new")
        draft.unlink(missing_ok=True)  # of a start that was cut short
        if service.run("-m", "flask", "setia", "bootstrap", "--out", str(draft)) != 0:
            raise CannotRun("the first community could not be made; the reason is above")
        draft.replace(made)

    _tell("Starting the clock, the workers and the API")
    service.keep(lambda: service.python("clock", "-m", "jobs.clock"))
    for _ in range(_job_workers()):
        service.keep(lambda: service.python("worker", "-m", "jobs.worker"))
    service.keep(lambda: service.python("api", "-m", "granian", *_granian_options(service, api_workers), "wsgi:app"))
    deadline = time.monotonic() + READY_WITHIN
    while not _says_ready(service.url):
        if time.monotonic() > deadline:
            raise CannotRun(f"{service.url}/readyz did not answer 200 within {READY_WITHIN} s")
        service.look_after()

    draft = write_private(ready.with_suffix(".new"), json.dumps(_describe(service.url, made), indent=2) + "\n")
    if demonstrate:
        _demonstrate(service, draft)
    draft.replace(ready)
    if live:
        service.keep(lambda: service.python("live", "-m", "demo.live", "--bootstrap", str(ready)))
    print(f"Setia is ready: {service.url}/v1/docs (keys and hooks: {ready}). Ctrl-C stops it.", flush=True)
    while True:
        service.look_after()


def _tell(step: str) -> None:
    print(f"{step} ...", flush=True)


def _demonstrate(service: Service, ready: Path) -> None:
    """Fill the community, once: over HTTP, like any app, so it is told where the API is and what its keys are."""
    shown = service.data / "demonstrated"
    if shown.exists():
        return
    _tell("Filling the community with a demonstration")
    progress = service.data / "demonstration.json"
    if service.run("-m", "demo", "--url", service.url, "--bootstrap", str(ready), "--progress", str(progress)) == 0:
        shown.touch()
    else:
        print("The demonstration did not finish; the next start goes on with it.", file=sys.stderr, flush=True)


def _job_workers() -> int:
    """One for each core, for what is cut into parts; at least two, so that a long job holds up nothing else."""
    return min(max(os.cpu_count() or 1, 2), MOST_WORKERS)


def _granian_options(service: Service, workers: int | None) -> list[str]:
    if workers is None:  # one writing process is best for SQLite
        workers = 1 if service.environment["DATABASE_URL"].startswith("sqlite") else 2
    address = urlsplit(service.url)
    return [
        *("--interface", "wsgi", "--host", str(address.hostname), "--port", str(address.port)),
        *("--workers", str(workers), "--blocking-threads", "4", "--log-level", "warning"),
        *("--respawn-failed-workers", "--respawn-interval", "0.5"),  # one worker killed must not end the others
        *("--workers-kill-timeout", str(STOP_WITHIN - 5)),  # a worker that still starts does not hear that it is to end
    ]


def _describe(url: str, bootstrap: Path) -> dict[str, Any]:
    """What ready.json says: what the first start made, under the URL of this one."""
    made: dict[str, Any] = json.loads(bootstrap.read_text())
    for source in made["sources"].values():
        source["hook_url"] = url + urlsplit(source["hook_url"]).path
    return made | {"url": url}


def _free(port: int) -> int:
    """The port itself, or a free one for 0. Asked before the API starts, which would share a busy one silently."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotRun(f"port {port} cannot be used ({error.strerror}); choose another with --port") from None
        return int(probe.getsockname()[1])


def _says_ready(url: str) -> bool:
    """Ask the API. Directly: a proxy that the environment names knows nothing of this machine."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
