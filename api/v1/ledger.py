"""The ledger's proof."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema
from api.operations import Resource
from loyalty import ledger

resource = Resource("ledger", __name__, "Whether the books are as they were written.")


class VerifiedSchema(AnswerSchema):
    """Whether every account's chain holds."""

    intact = ma.fields.Boolean(required=True)
    wrong = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "What is wrong, by name."})


@resource.operation("GET", "/ledger/verify", scope="admin", answer=VerifiedSchema)
def verify(session: Session, caller: Caller) -> dict[str, Any]:
    """Walk every account's chain: a row altered, removed or cut off is found and named."""
    wrong = ledger.verify(session, caller.community_id)
    return {"intact": not wrong, "wrong": wrong}
