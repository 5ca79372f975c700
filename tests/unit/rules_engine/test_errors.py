"""A sentence is its English text, and remembers what it was made of."""

from __future__ import annotations

import copy
import pickle

from rules_engine.errors import Sentence


def test_a_sentence_is_its_text_in_english() -> None:
    sentence = Sentence("at most {most} items", most=5)
    assert sentence == "at most 5 items"
    assert f"{sentence}!" == "at most 5 items!"
    assert (sentence.template, sentence.parts) == ("at most {most} items", {"most": 5})


def test_what_is_filled_in_is_never_read_as_a_template() -> None:
    assert Sentence("found {found}", found="{found} {0.__class__}") == "found {found} {0.__class__}"


def test_a_copy_of_a_sentence_is_the_same_sentence() -> None:
    sentence = Sentence("found {found}", found="{'a': 1}")
    for again in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):
        assert again == sentence
        assert (again.template, again.parts) == (sentence.template, sentence.parts)
