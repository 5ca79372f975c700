"""Answers to many things at once: for each, in their order, the status and the body that it would have had alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma

from api.fields import AnswerSchema
from api.operations import Answer


class BatchItemSchema(AnswerSchema):
    """What became of one item."""

    status = ma.fields.Integer(required=True)
    body = ma.fields.Dict(required=True)


class BatchAnswerSchema(AnswerSchema):
    """One result for each item, in their order."""

    results = ma.fields.List(ma.fields.Nested(BatchItemSchema), required=True)


def result(body: Mapping[str, Any], status: int) -> dict[str, Any]:
    """What became of one item."""
    return {"status": status, "body": body}


def refusal(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The result of an item that was refused."""
    return result(problem, problem["status"])


def answer(results: Sequence[Mapping[str, Any]]) -> Answer:
    """All results together."""
    return Answer({"results": results}, 207)
