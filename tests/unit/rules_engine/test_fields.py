"""The catalogue names what conditions can read, and nothing that they cannot."""

from __future__ import annotations

from rules_engine.document import KEY
from rules_engine.facts import HEARD, RESERVED
from rules_engine.fields import DATA_TYPES, FIELDS, KINDS, OPERATORS, OWN_KINDS, catalogue
from tests.unit.rules_engine.builders import problems_of_rule


def test_every_field_has_a_type_a_label_in_each_language_and_an_example() -> None:
    for field in catalogue(KINDS.values()):
        assert field.type in OPERATORS, field
        assert field.label.keys() == {"en", "ms"}, field
        assert field.example is not None, field


def test_every_built_in_field_can_be_read_with_each_of_its_operators() -> None:
    for field in FIELDS:
        for operator in field.operators:
            value = True if operator == "exists" else field.example
            if operator in ("one_of", "has_any"):
                value = value if isinstance(value, list) else [value]
            elif operator == "has" and isinstance(value, list):
                value = value[0]
            codes = {problem.code for problem in problems_of_rule(when={"field": field.name, operator: value})}
            assert codes <= {"unknown_value"}, (field.name, operator)


def test_built_in_kinds_declare_known_types_and_none_is_setias_own() -> None:
    for key, kind in KINDS.items():
        assert key == kind.key
        assert kind.name.keys() == {"en", "ms"}
        assert set(kind.fields.values()) <= set(DATA_TYPES)
        assert KEY.match(key.replace("_", "-"))
    assert not RESERVED & KINDS.keys()
    assert not HEARD & KINDS.keys()
    assert OWN_KINDS.keys() == HEARD


def test_the_catalogue_says_which_kinds_have_a_field() -> None:
    lengths = [field for field in catalogue(KINDS.values()) if field.name == "data.length"]
    assert [field.kinds for field in lengths] == [
        ("comment_created", "feedback_given", "post_created", "question_asked", "review_written")
    ]
