"""`docs/rules.md` is true: its tables are the engine's, its files a rulebook that works, and nothing is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api import rule_folder, yaml_text
from rules_engine.fields import KINDS
from rules_engine.forms import FORMS
from rules_engine.parse import parse, render, run_examples
from rules_engine.rules import Rulebook
from tests.wiring.rules_tables import PAGE, rewritten

TEXT = PAGE.read_text()
FILES = re.findall(r"```yaml\n# ([\w/-]+\.yaml)\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    """What the files of the page say together."""
    for name, text in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    folder = rule_folder.read(tmp_path)
    assert folder.faults == []
    return parse(folder.document, KINDS)


def test_the_tables_are_those_of_the_engine() -> None:
    assert rewritten(TEXT) == TEXT, "python3 dev.py docs writes them anew"


def test_every_block_of_yaml_is_a_file_of_its_own() -> None:
    assert len(FILES) == TEXT.count("```yaml") == len({name for name, _ in FILES})


def test_all_files_together_are_a_rulebook_whose_examples_hold(rulebook: Rulebook) -> None:
    assert run_examples(rulebook) == []
    assert [rule.key for rule in rulebook.rules if not rule.document.get("examples")] == []


def test_every_kind_of_rule_and_every_part_of_one_is_shown(rulebook: Rulebook) -> None:
    assert {rule.form for rule in rulebook.rules} == set(FORMS)
    shown = {name for rule in rulebook.rules for name in rule.document}
    told = set(re.findall(r"^\| `(\w+)` \| ", TEXT, re.MULTILINE))
    assert shown - told - {"key"} == set()


def test_an_export_of_what_the_page_says_is_what_the_page_says(rulebook: Rulebook) -> None:
    said = {name: yaml_text.read(text.encode()).value for name, text in FILES}
    assert rule_folder.render(render(rulebook)) == said
