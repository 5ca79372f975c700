"""The served document and the application, held against each other by requests that the document itself suggests.

Each operation gets a bounded number of generated requests with an admin key: none may fail inside, none may be answered
in a way that the document does not promise.
"""

from __future__ import annotations

from typing import Any

import hypothesis
import schemathesis
from schemathesis.specs.openapi import checks as promised

from tests.databases import Database
from tests.http import World

CHECKS = [
    schemathesis.checks.not_a_server_error,
    promised.status_code_conformance,
    promised.content_type_conformance,
    promised.response_headers_conformance,
    promised.response_schema_conformance,
]
EXAMPLES = {"sqlite": 10, "postgresql": 4}
"""Requests to each operation; what differs by database shows with the first ones."""
UNHURRIED = hypothesis.settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),  # they are about speed and size, which a whole request has
)


@schemathesis.serializer("application/x-ndjson")
def lines(_context: Any, value: Any) -> bytes:
    """Lines of JSON are documented as text."""
    return str(value).encode("utf-8", "surrogatepass")


def test_no_generated_request_is_answered_unlike_promised(world: World, database: Database) -> None:
    world.publish()
    world.enrol("ada")
    headers = {"Authorization": f"Bearer {world.keys['admin']}"}
    bounded = hypothesis.settings(UNHURRIED, max_examples=EXAMPLES[database.name])
    broken: dict[str, str] = {}

    def ask(case: Any) -> None:
        answer = case.call(headers=headers)
        try:
            case.validate_response(answer, checks=CHECKS)
        except (schemathesis.errors.SchemathesisError, BaseExceptionGroup, AssertionError) as error:
            what = getattr(error, "exceptions", error)
            broken[f"{case.operation.label} {answer.status_code}"] = str(what)

    for found in schemathesis.openapi.from_wsgi("/v1/openapi.json", world.app).get_all_operations():
        bounded(hypothesis.given(found.ok().as_strategy())(ask))()
    assert not broken, "\n\n".join(f"{name}: {why}" for name, why in broken.items())
