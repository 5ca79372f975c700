"""A rulebook as a folder: what was written is read again, whatever the order, and faults are found where they are."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from api import rule_folder
from api.rule_folder import Fault
from api.yaml_text import Place
from rules_engine.changes import between
from rules_engine.errors import Problem, Sentence
from rules_engine.fields import KINDS
from rules_engine.parse import parse, render

TABLES = sorted((Path(__file__).parents[2] / "rules").glob("*.yaml"))
RULEBOOKS = [
    pytest.param(story["rulebook"], id=story["story"])
    for path in TABLES
    for story in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def put(folder: Path, document: dict[str, Any]) -> None:
    rule_folder.write(folder, rule_folder.compare(folder, rule_folder.render(document), lambda name, said: False))


@pytest.mark.parametrize("rulebook", RULEBOOKS)
def test_a_rulebook_is_the_same_after_a_way_through_a_folder(rulebook: dict[str, Any], tmp_path: Path) -> None:
    document = render(parse(rulebook, KINDS))
    shuffled = dict(document)
    for part in rule_folder.ITEMS:
        if part in document:
            shuffled[part] = random.Random(7).sample(document[part], len(document[part]))
    put(tmp_path, shuffled)

    read = rule_folder.read(tmp_path)

    assert read.faults == []
    assert between(document, render(parse(read.document, KINDS))) == []
    assert rule_folder.render(read.document) == rule_folder.render(document)
    assert rule_folder.compare(tmp_path, rule_folder.render(document), lambda name, said: False) == ({}, [], [], [])


def test_a_problem_is_where_the_nearest_thing_around_it_is(tmp_path: Path) -> None:
    put(tmp_path, {"rules": [{"key": "b", "on": "x"}, {"key": "a", "on": "x", "gives": {"points": 1}}]})
    folder = rule_folder.read(tmp_path)

    def place(pointer: str) -> tuple[str, Place]:
        found = folder.locate(Problem(pointer, "missing", Sentence("something")))
        assert isinstance(found, Fault)
        return found.file, found.place

    assert place("/rules/0/gives/points") == ("rules/a.yaml", Place(2, 9))
    assert place("/rules/0/gives/base") == ("rules/a.yaml", Place(2, 1))
    assert place("/rules/1") == ("rules/b.yaml", Place(1, 1))
    assert place("/rules/1/key") == ("rules/b.yaml", Place(1, 1))
    assert place("/rules") == (".", Place(1, 1))
    assert place("") == (".", Place(1, 1))


def test_an_empty_file_is_a_fault_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.yaml").write_text("")
    folder = rule_folder.read(tmp_path)
    assert (folder.document, folder.faults) == ({"rules": [None]}, [])
    assert folder.locate(Problem("/rules/0", "wrong_type", Sentence("a mapping"))).file == "rules/a.yaml"
