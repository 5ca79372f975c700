"""Rules as code, from the outside: what the four commands say, do, and answer as their exit status."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from api import rule_folder
from loyalty import drafts
from loyalty.db import db
from tests.http import RULEBOOK, World, noise, world

__all__ = ["noise", "world"]


class Rules:
    """The commands on one folder."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder

    def __call__(self, command: str, *options: str) -> Result:
        arguments = ["rules", command, str(self.folder), "--community", "garden", *options]
        return self.world.app.test_cli_runner().invoke(args=arguments)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def add(self, file: str, text: str) -> None:
        (self.folder / file).parent.mkdir(exist_ok=True, parents=True)
        (self.folder / file).write_text(text)

    def files(self) -> dict[str, str]:
        return {str(path.relative_to(self.folder)): path.read_text() for path in self.folder.rglob("*.yaml")}


@pytest.fixture
def rules(world: World, tmp_path: Path) -> Iterator[Rules]:
    """A community whose rulebook is in force, and a folder that says it."""
    world.publish()
    exported = Rules(world, tmp_path / "rulebook")
    assert exported("export").exit_code == 0
    return exported


def test_what_is_exported_is_a_file_a_rule_and_plans_nothing(rules: Rules) -> None:
    assert sorted(rules.files()) == ["badges/first-helper.yaml", "rules/helpful-answer.yaml", "tiers.yaml"]
    planned = rules("plan")
    assert (planned.exit_code, planned.output) == (0, "nothing to do: this is what is in force\n")
    assert (rules("plan", "--json").exit_code, json.loads(rules("plan", "--json").stdout)) == (0, [])


def test_nothing_published_yet_is_all_to_be_added(world: World, tmp_path: Path) -> None:
    rule_folder.write(tmp_path, rule_folder.compare(tmp_path, rule_folder.render(RULEBOOK), lambda name, said: False))
    rules = Rules(world, tmp_path)
    assert rules("plan").exit_code == 2
    assert rules("apply").exit_code == 0
    assert rules("plan").exit_code == 0
    assert world.get("/v1/rulebook").get_json()["document"] == RULEBOOK


def test_a_plan_says_what_changes_field_by_field(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    rules.edit("tiers.yaml", "reach: 20", "reach: 30")
    rules.add("rules/post.yaml", "on: post_created\ngives: {points: 1}\n")
    planned = rules("plan")
    assert planned.exit_code == 2
    assert planned.stdout.splitlines() == [
        "~ rule helpful-answer",
        "    /gives/0/points: 10 -> 12",
        "+ rule post",
        "~ tier helper",
        "    /reach: 20 -> 30",
        "1 added, 2 changed, 0 removed",
    ]
    assert json.loads(rules("plan", "--json").stdout)[0] == {
        "what": "changed",
        "part": "rule",
        "key": "helpful-answer",
        "fields": [{"pointer": "/gives/0/points", "old": 10, "new": 12}],
    }
    assert rules.world.get("/v1/rulebook/versions").get_json()["data"][0]["version"] == 1


def test_apply_publishes_once_and_then_there_is_nothing_to_do(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    applied = rules("apply", "--note", "answers are worth more", "--mode", "retroactive")
    assert applied.exit_code == 0, applied.output
    published = rules.world.get("/v1/rulebook/publications").get_json()["data"]
    assert [one["version"] for one in published] == [1, 2]
    assert (published[1]["mode"], published[1]["note"]) == ("retroactive", "answers are worth more")
    assert published[1]["id"] in applied.stdout

    again = rules("apply")
    assert (again.exit_code, again.stdout) == (0, "nothing to do: this is what is in force\n")
    assert len(rules.world.get("/v1/rulebook/publications").get_json()["data"]) == 2


def test_apply_counts_from_an_instant_on_request(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    assert rules("apply", "--mode", "from", "--from", "yesterday").exit_code == 1
    assert rules("apply", "--mode", "from").exit_code == 1
    assert rules("apply", "--mode", "from", "--from", "2026-03-01T00:00:00+08:00").exit_code == 0
    published = rules.world.get("/v1/rulebook/publications").get_json()["data"]
    assert published[1]["effective_from"].startswith("2026-02-28T16:00:00")


def test_apply_keeps_the_places_of_what_was_there(rules: Rules) -> None:
    boards = [{"key": "week", "period": "week"}, {"key": "all", "period": "all"}]
    rules.world.publish(RULEBOOK | {"boards": boards})
    assert rules("export").exit_code == 0
    rules.add("boards/day.yaml", "period: day\n")
    assert rules("apply").exit_code == 0
    assert [one["key"] for one in rules.world.get("/v1/rulebook").get_json()["document"]["boards"]] == [
        "week",
        "all",
        "day",
    ]


def test_somebodys_draft_is_not_swept_away(rules: Rules) -> None:
    assert (
        rules.world.put("/v1/rulebook/draft/rules/theirs", {"on": "post_created", "gives": {"points": 3}}).status_code
        == 200
    )
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    refused = rules("apply")
    assert refused.exit_code == 1
    assert "at work on a draft" in refused.output
    assert "theirs" in json.dumps(rules.world.get("/v1/rulebook/draft").get_json()["document"])
    assert rules("apply", "--replace-draft").exit_code == 0
    assert "theirs" not in json.dumps(rules.world.get("/v1/rulebook").get_json()["document"])


def test_where_two_have_to_agree_it_is_proposed_once(rules: Rules) -> None:
    agreed = {"publishing": {"approvals": 2}}
    etag = rules.world.get("/v1/community").headers["ETag"]
    changed = rules.world.put("/v1/community", {"name": "Garden"} | agreed, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.get_json()
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    proposed = rules("apply", "--note", "more")
    assert proposed.exit_code == 0, proposed.output
    again = rules("apply")
    assert (again.exit_code, "proposed already" in again.stdout) == (0, True)
    waiting = rules.world.get("/v1/rulebook/proposals").get_json()["data"]
    assert [(one["note"], one["proposed_by"]) for one in waiting] == [("more", "rules apply")]
    assert waiting[0]["id"] in proposed.stdout
    assert rules("plan").exit_code == 2

    rules.edit("rules/helpful-answer.yaml", "points: 12", "points: 13")
    assert rules("apply").exit_code == 0
    assert len(rules.world.get("/v1/rulebook/proposals").get_json()["data"]) == 2
    approved = rules.world.post(f"/v1/rulebook/publications/{waiting[0]['id']}/approve")
    assert approved.status_code in (200, 201), approved.get_json()
    assert rules("plan").stdout.splitlines()[1] == "    /gives/0/points: 12 -> 13"


def test_apply_can_leave_everyone_what_they_have(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 2")
    assert rules("apply", "--gains-only").exit_code == 1
    assert rules("apply", "--gains-only", "--mode", "retroactive").exit_code == 0
    assert rules.world.get("/v1/rulebook/publications").get_json()["data"][1]["gains_only"] is True


def test_every_fault_is_told_with_its_line_and_nothing_is_published(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "on: answer_accepted", "on: answer_acepted")
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: -1")
    rules.add("rules/broken.yaml", "on: [post_created\ngives: {points: 1}\n")
    rules.add("rules/named.yaml", "on: post_created\nkey: named\ngives: {points: 1}\n")
    rules.add("rules/Loud.yaml", "on: post_created\ngives: {points: 1}\n")
    rules.add("rule/post.yaml", "on: post_created\n")
    rules.add("rules/post.yml", "on: post_created\n")
    rules.add("tier.yaml", "levels: []\n")
    rules.add(".github/rules/post.yaml", "hidden, so not meant\n")
    rules.add(".github/ci.yaml", "hidden, so not meant\n")
    tested = rules("test")
    assert tested.exit_code == 1
    lines = [line.partition(": ") for line in tested.stderr.splitlines()]
    places = {place: detail for place, _, detail in lines}
    assert set(places) == {
        "rule/post.yaml:1:1",
        "rules/Loud.yaml:1:1",
        "rules/broken.yaml:2:6",
        "rules/helpful-answer.yaml:2:1",
        "rules/helpful-answer.yaml:5:10",
        "rules/named.yaml:2:1",
        "rules/post.yml:1:1",
        "tier.yaml:1:1",
    }
    assert "did you mean answer_accepted?" in places["rules/helpful-answer.yaml:2:1"]
    assert "[out_of_range at /rules/" in places["rules/helpful-answer.yaml:5:10"]
    assert "did you mean rules/post.yaml?" in places["rule/post.yaml:1:1"]
    assert "did you mean tiers.yaml?" in places["tier.yaml:1:1"]
    assert [rules("plan").exit_code, rules("apply").exit_code] == [1, 1]
    assert len(rules.world.get("/v1/rulebook/publications").get_json()["data"]) == 1


def test_an_example_that_fails_is_a_fault_with_its_line(rules: Rules) -> None:
    rules.add(
        "rules/post.yaml",
        "on: post_created\ngives: {points: 1}\nexamples:\n"
        "- {given: {}, then: [{points: 1}]}\n- {given: {}, then: [{points: 2}]}\n",
    )
    tested = rules("test")
    assert tested.exit_code == 1
    assert tested.stderr.startswith("rules/post.yaml:5:3: expected")
    rules.edit("rules/post.yaml", "points: 2", "points: 1")
    assert rules("test").stdout == "2 rules are right, and so are their 2 examples\n"


def test_in_which_order_files_come_changes_nothing(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcdef":
        rules.add(f"rules/{name}.yaml", f"on: post_created\ngives: {{points: {ord(name)}}}\n")
    before = rules("plan").output
    found = Path.glob

    def shuffled(self: Path, pattern: str) -> Iterator[Path]:
        return iter(random.Random(7).sample(paths := list(found(self, pattern)), len(paths)))

    monkeypatch.setattr(Path, "glob", shuffled)
    assert rules("plan").output == before
    assert rules("apply").exit_code == 0
    monkeypatch.undo()
    assert rules("plan").exit_code == 0


def test_an_export_again_changes_no_file_and_loses_no_comment(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "on: answer_accepted", "on: answer_accepted  # once it is accepted")
    before = rules.files()
    assert rules("export").stdout == "0 files written, 0 removed, 3 in all\n"
    assert rules.files() == before


def test_an_export_follows_what_was_published_elsewhere(rules: Rules) -> None:
    document: Any = json.loads(json.dumps(RULEBOOK))
    document["rules"][0] |= {"key": "answer"}
    rules.world.publish(document)
    assert rules("export").stdout == "1 files written, 1 removed, 3 in all\n"
    assert sorted(rules.files()) == ["badges/first-helper.yaml", "rules/answer.yaml", "tiers.yaml"]
    assert rules("plan").exit_code == 0


def test_an_export_replaces_nobodys_work_unless_it_is_told_to(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    rules.add("rules/mine.yaml", "on: post_created\ngives: {points: 1}\n")
    rules.add("rules/broken.yaml", "on: [")
    rules.add("README.md", "ours")
    before = rules.files()
    refused = rules("export")
    assert refused.exit_code == 1
    assert refused.stderr.split()[-3:] == ["rules/broken.yaml", "rules/helpful-answer.yaml", "rules/mine.yaml"]
    assert rules.files() == before
    assert rules("export", "--force").exit_code == 0
    assert sorted(rules.files()) == ["badges/first-helper.yaml", "rules/helpful-answer.yaml", "tiers.yaml"]
    assert (rules.folder / "README.md").read_text() == "ours"


@pytest.mark.parametrize("linked", ["rules/helpful-answer.yaml", "rules", "tiers.yaml", "rules/another.yaml"])
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_named_and_neither_followed_nor_replaced(
    rules: Rules, tmp_path: Path, linked: str, dangling: bool
) -> None:
    elsewhere, link = tmp_path / "elsewhere", rules.folder / linked
    if link.exists():
        link.rename(elsewhere)
    else:
        elsewhere.write_text("on: post_created\ngives: {points: 1}\n")
    link.symlink_to(tmp_path / "nowhere" if dangling else elsewhere)
    rules.world.publish({**RULEBOOK, "rules": []})
    before = {path: path.read_text() for path in tmp_path.rglob("*.yaml") if path.is_file()}

    for command in ("test", "plan", "apply"):
        refused = rules(command)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert f"{linked}:1:1: a link, " in refused.stderr
    for options in ((), ("--force",)):
        refused = rules("export", *options)
        assert refused.exit_code == 1
        assert refused.stderr.split()[-1] == linked
    assert {path: path.read_text() for path in tmp_path.rglob("*.yaml") if path.is_file()} == before
    assert not (tmp_path / "nowhere").exists()


def test_what_is_no_plain_file_is_named_and_never_waited_for(rules: Rules) -> None:
    os.mkfifo(rules.folder / "rules/pipe.yaml")
    (rules.folder / "boards").write_text("a file")
    (rules.folder / "badges/folder.yaml").mkdir()
    tested = rules("test")
    assert tested.exit_code == 1
    assert [line.split(":")[0] for line in tested.stderr.splitlines()] == [
        "badges/folder.yaml",
        "boards",
        "rules/pipe.yaml",
    ]
    assert rules("export", "--force").exit_code == 1


def test_an_earlier_version_and_the_draft_can_be_exported(rules: Rules) -> None:
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    assert rules("apply").exit_code == 0
    assert rules("export", "--version", "1").exit_code == 0
    assert "points: 10" in rules.files()["rules/helpful-answer.yaml"]
    assert rules("export", "--version", "9").exit_code == 1
    assert (
        rules.world.put("/v1/rulebook/draft/rules/new", {"on": "post_created", "gives": {"points": 3}}).status_code
        == 200
    )
    assert rules("export", "--draft").exit_code == 0
    assert "rules/new.yaml" in rules.files()
    assert rules("export", "--draft", "--version", "1").exit_code == 1
    assert rules.world.put("/v1/rulebook/draft/rules/x", {}).status_code == 200
    assert "no rulebook" in rules("export", "--draft").output


def test_a_folder_that_is_none_takes_no_rulebook_away(rules: Rules) -> None:
    shutil.rmtree(rules.folder)
    assert rules("plan").exit_code == 1
    rules.folder.mkdir()
    assert rules("apply").exit_code == 1
    assert rules.world.get("/v1/rulebook").get_json()["document"] == RULEBOOK


def test_a_mistyped_option_does_not_look_like_changes(rules: Rules) -> None:
    assert rules("plan", "--jsn").exit_code == 1
    assert rules("pln").exit_code == 1


def test_among_several_communities_one_has_to_be_named(rules: Rules, noise: World) -> None:
    runner = noise.app.test_cli_runner()
    unnamed = runner.invoke(args=["rules", "plan", str(rules.folder)])
    assert unnamed.exit_code == 1
    assert "--community" in unnamed.output
    assert runner.invoke(args=["rules", "plan", str(rules.folder), "--community", "nowhere"]).exit_code == 1
    rules.edit("rules/helpful-answer.yaml", "points: 10", "points: 12")
    assert rules("apply").exit_code == 0
    assert noise.get("/v1/rulebook").get_json()["document"] == RULEBOOK


def test_a_draft_counts_as_work_until_it_is_published(world: World) -> None:
    def unpublished() -> bool:
        with world.app.app_context():
            return drafts.unpublished(db.session(), world.id) is not None

    assert not unpublished()
    world.put("/v1/rulebook/draft", RULEBOOK)
    assert unpublished()
    world.publish()
    assert not unpublished()
