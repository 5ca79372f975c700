"""Batches as one statement: what goes in comes out, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from loyalty.db import Statement, Write, write

ECHO = Statement("SELECT r.name, r.number, r.truth FROM {rows}", name="text", number="int", truth="bool")
KEEP = Statement("INSERT INTO kept SELECT r.name, :mark FROM {rows}", name="text")
ALSO = Statement("INSERT INTO also SELECT r.number, :mark FROM {rows}", number="int")

TEXTS = [
    "plain",
    "",
    " ",
    "NULL",
    "null",
    "{a,b}",
    ",",
    '"',
    '","',
    "'",
    "''; DROP TABLE facts; --",
    "\\",
    "\\\\",
    '\\"',
    '"\\',
    "\\N",
    "\\x41",
    "%s %(name)s %%",
    ":name ::text",
    "a\nb\r\tc",
    "\u2028\x7f\x01",
    "Ümläut 日本語 🏅",
    "e\u0301",
]


def echoed(session: Session, rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [(name, number, None if truth is None else bool(truth)) for name, number, truth in ECHO.run(session, rows)]


@pytest.mark.parametrize("one", TEXTS, ids=ascii)
def test_any_text_comes_out_as_it_went_in(session: Session, one: str) -> None:
    alone, among = [(one, 1, True)], [("a", 1, True), (one, 2, False), (one, 3, True), ("z", 4, False)]
    assert echoed(session, alone) == alone
    assert echoed(session, among) == among
    assert echoed(session, [(None, 0, True), *among]) == [(None, 0, True), *among]


def test_nothing_and_numbers_of_eight_bytes_come_out_as_they_went_in(session: Session) -> None:
    rows = [(None, None, None), ("a", 2**63 - 1, True), ("b", -(2**63), False), (None, 0, None)]
    assert echoed(session, rows) == rows


def test_a_batch_keeps_its_order(session: Session) -> None:
    rows = [(f"row {number}", number, number % 3 == 0) for number in range(1_000)]
    assert echoed(session, rows) == rows


def test_an_empty_batch_has_no_rows(session: Session) -> None:
    assert echoed(session, []) == []


def test_a_scalar_is_a_value_and_no_text_of_the_statement(session: Session) -> None:
    one = "'; DROP TABLE facts; -- %s \\"
    assert Statement("SELECT CAST(:one AS text)").run(session, one=one) == [(one,)]


def test_what_is_for_postgresql_alone_is_run_there_alone(session: Session) -> None:
    (row,) = Statement("SELECT 1{pg: + 1}").run(session)
    assert row[0] == (2 if session.get_bind().dialect.name == "postgresql" else 1)


@pytest.fixture
def tables(session: Session) -> Session:
    for name, type_ in (("kept", "text"), ("also", "bigint")):
        session.execute(text(f"CREATE TEMPORARY TABLE {name} (value {type_}, mark text)"))
    return session


def test_writes_go_together_each_with_its_own_rows_and_scalars(tables: Session) -> None:
    write(tables, [Write(KEEP, [("a",), ('"\\',)], {"mark": "one"}), Write(ALSO, [(7,)], {"mark": "two"})])
    assert tables.execute(text("SELECT value, mark FROM kept ORDER BY value DESC")).all() == [
        ("a", "one"),
        ('"\\', "one"),
    ]
    assert tables.execute(text("SELECT value, mark FROM also")).all() == [(7, "two")]


def test_writes_without_rows_are_left_out(tables: Session) -> None:
    write(tables, [])
    write(tables, [Write(KEEP, [], {"mark": "one"}), Write(ALSO, [(7,)], {"mark": "two"})])
    assert tables.execute(text("SELECT count(*) FROM kept")).scalar() == 0
    assert tables.execute(text("SELECT value FROM also")).all() == [(7,)]
