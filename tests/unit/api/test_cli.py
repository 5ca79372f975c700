"""The commands: a first community whose keys open, and the two proofs."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from api.app import create_app
from loyalty.db import db
from loyalty.platforms import PLATFORMS
from loyalty.settings import Settings
from tests.http import World


def test_bootstrap_makes_a_community_whose_keys_open(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "bootstrap.json"
    done = app.test_cli_runner().invoke(args=["setia", "bootstrap", "--out", str(out), "--zone", "Asia/Kuala_Lumpur"])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    made = json.loads(out.read_text())
    assert set(made["keys"]) == {"admin", "ingest", "read"}
    assert set(made["sources"]) == set(PLATFORMS)
    assert not [key for key in made["keys"].values() if key in done.output]
    for key in made["keys"].values():
        answer = app.test_client().get("/v1/kinds", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code in (200, 403)
    read = {"Authorization": f"Bearer {made['keys']['read']}"}
    assert app.test_client().get("/v1/community", headers=read).get_json()["id"] == made["community"]


def test_bootstrap_overwrites_nothing(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "bootstrap.json"
    out.write_text("mine")
    assert app.test_cli_runner().invoke(args=["setia", "bootstrap", "--out", str(out)]).exit_code != 0
    assert out.read_text() == "mine"


def test_a_bootstrap_that_fails_leaves_no_file(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "bootstrap.json"
    done = app.test_cli_runner().invoke(args=["setia", "bootstrap", "--out", str(out), "--zone", "Mars/Olympus"])
    assert done.exit_code != 0
    assert not out.exists()


def test_what_a_command_cannot_do_is_said_in_a_line(tmp_path: Path) -> None:
    settings = Settings(f"sqlite:///{tmp_path}/empty.sqlite", "redis://127.0.0.1:1", b"a database nobody migrated")
    runner = create_app(settings).test_cli_runner()
    for args, said in {
        "ledger verify": "the database: no such table: communities",
        "rebuild --check": "the database: no such table: communities",
        "backup /nowhere/at/all": "Could not open file '/nowhere/at/all.part': No such file or directory",
        "setia bootstrap --out /nowhere/keys": "Could not open file '/nowhere/keys': No such file or directory",
    }.items():
        done = runner.invoke(args=args.split())
        assert (done.exit_code, done.output) == (1, f"Error: {said}\n")


def test_the_proofs_take_a_community_by_its_key_and_no_other(world: World, noise: World) -> None:
    runner = world.app.test_cli_runner()
    for command in (["rebuild", "--check"], ["ledger", "verify"]):
        assert runner.invoke(args=[*command, "--community", "orchard"]).exit_code == 0
        refused = runner.invoke(args=[*command, "--community", "nobodys"])
        assert (refused.exit_code, refused.output) == (1, "Error: There is no such community.\n")


def test_what_was_booked_is_what_a_rebuild_says(world: World) -> None:
    world.publish()
    world.earn("discourse:forum.example.org:8141", 3)
    checked = world.app.test_cli_runner().invoke(args=["rebuild", "--check"])
    assert (checked.exit_code, checked.output) == (0, "every standing and balance is what its facts say\n")


def test_tampering_with_the_ledger_is_found_and_named(world: World) -> None:
    world.publish()
    member = world.enrol("ada")
    world.earn(member, 2)
    runner = world.app.test_cli_runner()
    assert runner.invoke(args=["ledger", "anchor"]).exit_code == 0
    assert runner.invoke(args=["ledger", "verify"]).exit_code == 0
    with world.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE entries SET amount = 1000 WHERE number = 1"))
    found = runner.invoke(args=["ledger", "verify"])
    assert found.exit_code == 1
    assert member in found.output
    assert world.get("/v1/ledger/verify").get_json()["intact"] is False


def test_a_second_community_is_made_by_the_same_command_and_a_taken_key_is_told(app: Flask, tmp_path: Path) -> None:
    def make(number: int, key: str) -> Any:
        out = str(tmp_path / f"{number}.json")
        return app.test_cli_runner().invoke(args=["setia", "bootstrap", "--out", out, "--key", key])

    assert [make(1, "one").exit_code, make(2, "two").exit_code] == [0, 0]
    refused = make(3, "one")
    assert (refused.exit_code, refused.output) == (1, "Error: There is a community with the key one.\n")
    assert not (tmp_path / "3.json").exists()
