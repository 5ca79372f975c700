"""How commands end: what one can't do is said in a line, as it is over HTTP in a problem, with exit status 1.

What nobody expected keeps its traceback: whoever runs a command is who can read it.
"""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from api import unavailable
from loyalty.errors import DomainError

_NO_TABLE = "42P01"  # PostgreSQL's undefined_table: nobody has migrated this database


class Command(click.Command):
    """A command that tells refusals of the domain, of the database and of the file system."""

    def invoke(self, context: click.Context) -> Any:
        """Carry it out."""
        try:
            return super().invoke(context)
        except DomainError as refused:
            places = [f"\n  {problem.pointer}: {problem.detail}" for problem in refused.problems]
            raise click.ClickException(refused.detail + "".join(places)) from None
        except unavailable.KINDS as error:
            original = getattr(error, "orig", None) or error
            if unavailable.cause(error) is None and getattr(original, "sqlstate", None) != _NO_TABLE:
                raise
            said = str(original).partition("\n")[0]
            raise click.ClickException(f"the database: {said}") from None
        except OSError as error:
            if error.filename is None:
                raise
            raise click.FileError(str(error.filename), error.strerror) from None


class Commands(AppGroup):
    """A group of them."""

    command_class = Command
